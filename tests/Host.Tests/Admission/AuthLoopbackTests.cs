using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Without any credential, in the host of somebody else.</summary>
public sealed class AuthLoopbackTests
{
    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.9.9.9", 200)]
    [InlineData("::1", 200)]
    [InlineData("::ffff:127.0.0.1", 200)]
    [InlineData("203.0.113.7", 401)]
    [InlineData("10.0.0.1", 401)]
    [InlineData("::ffff:10.0.0.1", 401)]
    [InlineData("2001:db8::1", 401)]
    [InlineData("none", 401)]
    public async Task Only_loopback_is_served(string address, int status)
    {
        await using var server = await AuthServer.StartAsync([], []);

        var answer = await server.SendAsync("GET", AuthServer.Thumbnails, "", (AuthServer.AddressHeader, address));

        answer.Status.Should().Be(status);
        if (status == 401)
        {
            answer.MustBeError(401, "APIGW.0301");
            server.Log.Should().ContainSingle(line => line.Contains("no credential is configured", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:8080", 200)]
    [InlineData("127.0.0.1:8080", 200)]
    [InlineData("[::1]:8080", 200)]
    [InlineData("127.9.9.9", 200)]
    [InlineData("attacker.example", 403)]
    [InlineData("localhost.attacker.example:8080", 403)]
    [InlineData("10.0.0.1", 403)]
    [InlineData("127.0.0.1.attacker.example", 403)]
    [InlineData("", 403)]
    public async Task A_request_under_a_foreign_name_is_refused_which_is_how_a_page_in_a_browser_would_come(string host, int status)
    {
        await using var server = await AuthServer.StartAsync([], []);

        foreach (var method in new[] { "GET", "POST", "DELETE" })
        {
            var answer = await server.SendAsync(method, $"{AuthServer.Thumbnails}{(method == "DELETE" ? "?task_id=1" : "")}", method == "POST" ? WireBody.With() : "", ("Host", host));
            answer.Status.Should().Be(status == 403 ? 403 : method == "GET" ? 200 : method == "POST" ? 202 : 204);
            if (status == 403)
            {
                answer.MustBeError(403, "APIGW.0301", "Credentials");
            }
        }

        (await server.SendAsync("GET", "/health/live", "", ("Host", host))).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    [InlineData("Origin", "http://attacker.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://localhost", 200)]
    public async Task A_request_that_a_browser_marks_as_of_another_site_is_refused(string header, string value, int status)
    {
        await using var server = await AuthServer.StartAsync([], []);

        (await server.SendAsync("GET", AuthServer.Thumbnails, "", (header, value))).Status.Should().Be(status);
    }

    [Fact]
    public async Task With_a_credential_the_name_of_the_host_does_not_matter()
    {
        await using var server = await AuthServer.StartAsync();

        (await server.SendAsync(
            "GET", AuthServer.Thumbnails, "", ("X-Auth-Token", AuthServer.Token), ("Host", "mpc.example.com"), ("Sec-Fetch-Site", "cross-site"))).Status.Should().Be(200);
    }

    [Fact]
    public async Task An_address_that_a_stranger_claims_is_not_believed()
    {
        await using var server = await AuthServer.StartAsync([], []);

        var answer = await server.SendAsync(
            "GET", AuthServer.Thumbnails, "", (AuthServer.AddressHeader, "203.0.113.7"), ("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"));

        answer.MustBeError(401, "APIGW.0301");
    }

    [Fact]
    public async Task Health_is_open_to_everybody()
    {
        await using var server = await AuthServer.StartAsync([], []);

        (await server.SendAsync("GET", "/health/live", "", (AuthServer.AddressHeader, "203.0.113.7"))).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_host_with_an_authorization_of_its_own_decides_itself()
    {
        await using var server = await AuthServer.StartAsync(
            [],
            [],
            services => services.AddAuthorization(),
            app => app.MapSnapshotTasks().RequireAuthorization(policy => policy.RequireAssertion(context =>
                ((HttpContext)context.Resource!).Request.Headers["X-Door"] == "open").AddAuthenticationSchemes(SnapshotTasksAuthentication.AuthTokenScheme)));

        var outside = (AuthServer.AddressHeader, "203.0.113.7");
        (await server.SendAsync("GET", AuthServer.Thumbnails, "", outside, ("X-Door", "open"))).Status.Should().Be(200);
        (await server.SendAsync("GET", AuthServer.Thumbnails, "", outside)).MustBeError(401, "APIGW.0301");
    }

    [Fact]
    public async Task One_policy_with_both_schemes_answers_once_in_the_wires_body()
    {
        await using var server = await AuthServer.StartAsync(
            AuthServer.Credentials,
            [],
            services => services.AddAuthorization(),
            app => app.MapGet("/own", () => "own").RequireAuthorization(policy => policy
                .AddAuthenticationSchemes(SnapshotTasksAuthentication.SdkSignatureScheme, SnapshotTasksAuthentication.AuthTokenScheme)
                .RequireClaim(SnapshotTasksAuthentication.ProjectClaim, AuthServer.Project)));

        (await server.SendAsync("GET", "/own")).MustBeError(401, "APIGW.0301");
        (await server.SendWithTokenAsync("GET", "/own", token: AuthServer.OtherToken)).MustBeError(401, "MPC.10208");
        (await server.SendWithTokenAsync("GET", "/own")).Body.Should().Be("own");
        (await server.SendAsync(server.Request("GET", "/own"))).Body.Should().Be("own");
    }
}
