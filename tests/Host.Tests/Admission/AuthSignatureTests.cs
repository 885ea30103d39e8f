using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace SnapshotTasks.Tests;

/// <summary>Signed requests as clients really send them.</summary>
public sealed class AuthSignatureTests : IAsyncLifetime
{
    private AuthServer server = null!;

    public async ValueTask InitializeAsync() => server = await AuthServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task The_vendors_test_vector_is_accepted_on_a_route_of_another_host()
    {
        var vector = Vector();
        await using var other = await AuthServer.StartAsync(
            [
                ("Credentials:AccessKeys:0:AccessKey", vector.AccessKey), ("Credentials:AccessKeys:0:SecretKey", vector.Secret),
                ("Credentials:AccessKeys:0:Projects:0", "77b6a44cba5143ab91d13ab9a8ff44fd"),
            ],
            [],
            services => services.AddAuthorization(),
            app => app.MapGet("/v1/{project}/vpcs", (HttpContext context, string project) => $"{context.User.Identity!.Name} {context.User.HasClaim("project", project)}")
                .RequireAuthorization(policy => policy.AddAuthenticationSchemes(SnapshotTasksAuthentication.SdkSignatureScheme).RequireAuthenticatedUser()));
        other.Time.AdjustTime(VectorDate);

        var answer = await other.SendAsync(vector);

        answer.Should().Match<WireAnswer>(it => it.Status == 200 && it.Body == $"{vector.AccessKey} True");
        vector.CanonicalHash.Should().Be("b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a");
        vector.Sign().Signature.Should().Be("7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe");
    }

    [Fact]
    public void The_vendors_test_vector_has_the_vendors_hash_and_signature()
    {
        (string, StringValues)[] headers = [("content-type", "application/json"), ("host", "service.region.example.com"), ("x-sdk-date", "20191115T033655Z")];
        var canonical = SdkSignature.Canonical(
            "GET",
            "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
            headers,
            SdkSignature.Hash([]));

        SdkSignature.Hash(Encoding.UTF8.GetBytes(canonical)).Should().Be("b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a");
        SdkSignature.Sign(canonical, "20191115T033655Z", Encoding.UTF8.GetBytes(Vector().Secret))
            .Should().Be("7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe");
    }

    [Fact]
    public async Task The_vendors_dotnet_client_creates_queries_and_cancels()
    {
        var created = await server.SendAsync(DotNetClient("POST", body: WireBody.With()));
        var id = created.Json.GetProperty("task_id").GetString()!;
        var found = await server.SendAsync(DotNetClient("GET", query: [("task_id", id), ("task_id", "999")]));
        var cancelled = await server.SendAsync(DotNetClient("DELETE", query: [("task_id", id)]));

        created.Status.Should().Be(202, created.Body);
        found.Ids.Should().Equal(id, "999");
        cancelled.Should().Match<WireAnswer>(it => it.Status == 204 && it.Body == "");
    }

    [Fact]
    public async Task Several_ids_may_be_signed_in_the_order_they_are_sent_or_sorted_and_in_no_other()
    {
        (string, string)[] sent = [("task_id", "9"), ("task_id", "10"), ("task_id", "1")];
        (string, string)[] sorted = [("task_id", "1"), ("task_id", "10"), ("task_id", "9")];
        (string, string)[] other = [("task_id", "10"), ("task_id", "9"), ("task_id", "1")];

        foreach (var signed in new[] { sent, sorted })
        {
            var answer = await server.SendAsync(Request(signed));
            answer.Ids.Should().Equal("9", "10", "1");
        }

        (await server.SendAsync(Request(other))).MustBeError(401, "APIGW.0301");

        AuthRequest Request((string, string)[] signed) =>
            new("GET", AuthServer.Thumbnails, server.Time.GetUtcNow()) { Query = [.. sent], QueryAsSigned = [.. signed] };
    }

    [Fact]
    public async Task Names_are_signed_sorted_whatever_the_order_of_their_values()
    {
        var request = new AuthRequest("GET", AuthServer.Thumbnails, server.Time.GetUtcNow())
        {
            Query = [("z", "1"), ("task_id", "9"), ("task_id", "10")],
            QueryAsSigned = [("task_id", "9"), ("task_id", "10"), ("z", "1")],
        };

        (await server.SendAsync(request)).Ids.Should().Equal("9", "10");
    }

    [Fact]
    public async Task A_client_may_sign_the_content_type_as_well()
    {
        var request = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow())
        {
            Headers = [("Host", "mpc.example.com"), ("Content-Type", "application/json;charset=UTF-8")],
            ToSign = ["content-type", "host"],
            Body = Encoding.UTF8.GetBytes(WireBody.With()),
        };

        (await server.SendAsync(request)).Status.Should().Be(202);
    }

    [Theory]
    [InlineData("UNSIGNED-PAYLOAD", 202)]
    [InlineData("", 202)]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 401)]
    [InlineData("unsigned-payload", 401)]
    public async Task The_hash_of_the_body_is_the_one_named_which_is_the_real_one_or_says_that_the_body_is_not_signed(string hash, int status)
    {
        var request = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow())
        {
            Headers = [("Host", "x"), ("Content-Type", "application/json")],
            Body = Encoding.UTF8.GetBytes(WireBody.With()),
            ContentHash = hash,
        };

        (await server.SendAsync(request)).Status.Should().Be(status);
    }

    [Theory]
    [InlineData(true, 202)]
    [InlineData(false, 400)]
    public async Task The_key_of_a_signed_create_is_signed_or_somebody_on_the_way_could_put_one_in(bool isSigned, int status)
    {
        var request = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow())
        {
            Headers = [("Host", "x"), ("Content-Type", "application/json"), ("Idempotency-Key", "key")],
            ToSign = isSigned ? ["host", "idempotency-key"] : ["host"],
            Body = Encoding.UTF8.GetBytes(WireBody.With()),
        };

        var answer = await server.SendAsync(request);

        answer.Status.Should().Be(status);
        if (!isSigned)
        {
            answer.MustBeError(400, "MPC.10202", "Idempotency-Key must be one of the SignedHeaders");
            (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Json.GetProperty("total").GetInt32().Should().Be(0);
        }
    }

    [Fact]
    public async Task A_signed_body_over_1_MB_is_too_large_whatever_its_signature()
    {
        var request = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow()) { Body = new byte[1024 * 1024 + 1] };

        (await server.SendAsync(request)).MustBeError(413, "MPC.10202", "1048576 bytes");
    }

    [Fact]
    public async Task A_chunked_body_is_hashed_as_it_is_read()
    {
        var body = WireBody.With();
        var parts = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow())
        {
            Headers = [("Host", "x"), ("Content-Type", "application/json")],
            Body = Encoding.UTF8.GetBytes(body),
        }.Sign();
        var text = Encoding.UTF8.GetString(parts.ToBytes())
            .Replace($"Content-Length: {body.Length}\r\n\r\n{body}", $"Transfer-Encoding: chunked\r\n\r\n{10:x}\r\n{body[..10]}\r\n{body.Length - 10:x}\r\n{body[10..]}\r\n0\r\n\r\n", StringComparison.Ordinal);

        (await server.SendAsync(Encoding.UTF8.GetBytes(text))).Status.Should().Be(202);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_no_task_and_no_failure_of_the_key()
    {
        var parts = new AuthRequest("POST", AuthServer.Thumbnails, server.Time.GetUtcNow()) { Body = Encoding.UTF8.GetBytes(WireBody.With()) }.Sign();
        var text = Encoding.UTF8.GetString(parts.ToBytes()).Replace("Content-Length: ", "Transfer-Encoding: chunked\r\nX-Was: ", StringComparison.Ordinal);

        (await server.SendAsync(Encoding.UTF8.GetBytes(text))).MustBeError(400, "MPC.10202", "did not arrive whole");
    }

    [Fact]
    public async Task A_target_with_scheme_and_host_as_proxies_send_it_is_verified_by_its_path()
    {
        var parts = server.Request().Sign();

        (await server.SendAsync((parts with { Target = $"http://mpc.example.com{parts.Target}" }).ToBytes())).Status.Should().Be(200);
    }

    [Theory]
    [InlineData(-15 * 60, 200)]
    [InlineData(15 * 60, 200)]
    [InlineData(-15 * 60 - 1, 401)]
    [InlineData(15 * 60 + 1, 401)]
    public async Task A_date_may_be_15_minutes_off(int seconds, int status) =>
        (await server.SendAsync(new AuthRequest("GET", AuthServer.Thumbnails, server.Time.GetUtcNow().AddSeconds(seconds)))).Status.Should().Be(status);

    [Fact]
    public async Task What_is_malformed_is_refused_with_the_one_text_for_all_failures()
    {
        var parts = server.Request().Sign();
        var (names, signature) = (parts.SignedNames, parts.Signature);
        var start = $"SDK-HMAC-SHA256 Access={AuthServer.Key}";
        string[] wrong =
        [
            "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 ", start, $"{start}, SignedHeaders={names}", $"{start}, Signature={signature}",
            $"{start}, SignedHeaders={names}, Signature=", $"{start}, SignedHeaders=, Signature={signature}",
            $"{start}, SignedHeaders={names}, Signature={signature}, Signature={signature}",
            $"{start}, Access={AuthServer.Key}, SignedHeaders={names}, Signature={signature}",
            $"{start}, SignedHeaders={names}, SignedHeaders={names}, Signature={signature}",
            $"{start}, SignedHeaders={names}, Signature={signature}, More=1",
            $"{start}, SignedHeaders={names};{names}, Signature={signature}",
            $"{start}, SignedHeaders={names};x-absent, Signature={signature}",
            $"{start}, SignedHeaders={string.Join(';', Enumerable.Range(0, 65).Select(number => $"x-{number}"))}, Signature={signature}",
            $"{start}, SignedHeaders={names}, Signature={signature.ToUpperInvariant()}",
            $"SDK-HMAC-SHA256 Access=, SignedHeaders={names}, Signature={signature}",
            $"SDK-HMAC-SHA256 Access={new string('A', 200)}, SignedHeaders={names}, Signature={signature}",
            $"SDK-HMAC-SHA512 Access={AuthServer.Key}, SignedHeaders={names}, Signature={signature}",
            $"SDK-HMAC-SHA256 Access=AKUNKNOWN, SignedHeaders={names}, Signature={signature}",
            $"SDK-HMAC-SHA256 Access={AuthServer.OtherKey}, SignedHeaders={names}, Signature={signature}",
        ];
        var answers = new List<WireAnswer>();
        foreach (var authorization in wrong)
        {
            answers.Add(await server.SendAsync(parts.ToBytes(authorization)));
            (await server.SendAsync(server.Request())).Status.Should().Be(200);
        }

        foreach (var date in new[] { "", "20260102T030405", "2026-01-02T03:04:05Z", "20260102T030405Z\r\nX-Sdk-Date: 20260102T030405Z", "20260102T030405z" })
        {
            answers.Add(await server.SendAsync((parts with { Date = date }).ToBytes()));
        }

        answers.Add(await server.SendAsync((parts with { Extra = [("Authorization", parts.Authorization)] }).ToBytes()));
        answers.Add(await server.SendAsync("GET", AuthServer.Thumbnails));
        answers.Add(await server.SendWithTokenAsync("GET", AuthServer.Thumbnails, token: "wrong"));
        answers.Add(await server.SendAsync("GET", AuthServer.Thumbnails, "", ("X-Auth-Token", AuthServer.Token), ("X-Auth-Token", AuthServer.Token)));

        answers.ForEach(answer => answer.MustBeError(401, "APIGW.0301", "Incorrect IAM authentication information"));
        answers.Select(answer => answer.ErrorMessage).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_cancel_that_is_replayed_is_refused_and_a_create_that_is_replayed_adds_a_task()
    {
        var create = DotNetClient("POST", body: WireBody.With()).Sign().ToBytes();
        var first = (await server.SendAsync(create)).Json.GetProperty("task_id").GetString()!;
        var second = (await server.SendAsync(create)).Json.GetProperty("task_id").GetString()!;
        var cancel = DotNetClient("DELETE", query: [("task_id", first)]).Sign().ToBytes();

        (await server.SendAsync(cancel)).Status.Should().Be(204);
        (await server.SendAsync(cancel)).MustBeError(400, "MPC.10212", "CANCELED");
        second.Should().NotBe(first);
        (await server.SendWithTokenAsync("GET", $"{AuthServer.Thumbnails}?task_id={second}")).Tasks.Single().GetProperty("status").GetString().Should().Be("WAITING");
    }

    [Fact]
    public async Task A_client_without_a_project_id_is_told_that_it_has_not_that_project() =>
        (await server.SendAsync(server.Request("GET", "/v1/{project_id}/thumbnails"))).MustBeError(401, "MPC.10208");

    private static DateTimeOffset VectorDate => new(2019, 11, 15, 3, 36, 55, TimeSpan.Zero);

    private static AuthRequest Vector() => new("GET", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs", VectorDate)
    {
        AccessKey = "QTWAOYTTINDUT2QVKYUC",
        Secret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
        Query = [("limit", "2"), ("marker", "13551d6b-755d-4757-b956-536f674975c0")],
        Headers = [("Host", "service.region.example.com"), ("Content-Type", "application/json")],
        ToSign = ["content-type", "host"],
    };

    private AuthRequest DotNetClient(string method, string body = "", params (string Name, string Value)[] query) => new(method, AuthServer.Thumbnails, server.Time.GetUtcNow())
    {
        Query = [.. query],
        Headers = [("Host", "127.0.0.1"), ("User-Agent", "client-library/1.0; nobody"), ("X-Project-Id", AuthServer.Project)],
        ToSign = ["host", "user-agent", "x-project-id"],
        Extra = [("Content-Type", "application/json"), ("SDK_EXCHANGE", "x")],
        Body = Encoding.UTF8.GetBytes(body),
    };
}
