using Microsoft.AspNetCore.Routing;

namespace SnapshotTasks.Tests;

/// <summary>Every route with every kind of caller. A route that is not in the table fails the first test.</summary>
public sealed class AuthMatrixTests : IAsyncLifetime
{
    private const string Thumbnails = "/v1/{project_id}/thumbnails", Cancellations = $"{Thumbnails}/cancellations";

    // The route, a request that its own project may make, and the answer to it; any other method is the fallback.
    private static readonly (string Route, string Method, string Query, string Body, int Status)[] Table =
    [
        ($"POST {Thumbnails}", "POST", "", WireBody.With(), 202),
        ($"GET {Thumbnails}", "GET", "", "", 200),
        ($"DELETE {Thumbnails}", "DELETE", "task_id=999", "", 400),
        ($"* {Thumbnails}", "PUT", "", "{}", 405),
        ($"POST {Cancellations}", "POST", "", """{"task_ids":["999"]}""", 200),
        ($"* {Cancellations}", "GET", "", "", 405),
        ($"GET {Cancellations}/{{cancellation_id}}", "GET", "", "", 400),
        ($"* {Cancellations}/{{cancellation_id}}", "DELETE", "", "", 405),
        ("GET /v1/{project_id}/events", "GET", "?size=0", "", 400),
        ("* /v1/{project_id}/events", "POST", "", "", 405),
    ];

    private static readonly string[] Open = ["GET /health/live", "GET /health/ready"];

    private AuthServer server = null!;

    public async ValueTask InitializeAsync() => server = await AuthServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public void Every_route_is_in_the_table() => server.Endpoints.SelectMany(NamesOf).Should().BeEquivalentTo(Table.Select(row => row.Route).Concat(Open));

    [Fact]
    public async Task Every_caller_gets_the_answer_that_is_due_on_every_route()
    {
        foreach (var (route, method, query, body, status) in Table)
        {
            foreach (var (who, own, ask) in Callers(method, query, body, route.Split(' ')[1]))
            {
                var answer = await ask(AuthServer.Project);
                var because = $"{route} asked with {who}: {answer.Body}";
                answer.Status.Should().Be(own ? status : 401, because);
                if (!own)
                {
                    answer.MustBeError(401, who.StartsWith("another", StringComparison.Ordinal) ? "MPC.10208" : "APIGW.0301");
                }
            }
        }
    }

    [Fact]
    public async Task Who_is_refused_changes_nothing()
    {
        foreach (var (_, own, ask) in Callers("POST", "", WireBody.With()).Where(caller => !caller.Own))
        {
            (await ask(AuthServer.Project)).Status.Should().Be(401);
        }

        (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Json.GetProperty("total").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_credential_opens_each_of_its_projects_and_no_other()
    {
        foreach (var (_, own, ask) in Callers("GET", "", "").Where(caller => caller.Own))
        {
            (await ask(AuthServer.SecondProject)).Status.Should().Be(200);
            (await ask(AuthServer.OtherProject)).MustBeError(401, "MPC.10208");
            (await ask(AuthServer.Project.ToUpperInvariant())).MustBeError(401, "MPC.10208");
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_needs_no_credential(string path) => (await server.SendAsync("GET", path)).Status.Should().Be(200);

    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("//v1/tests/thumbnails")]
    [InlineData("/v1/tests/nothing")]
    public async Task What_is_not_mapped_is_not_found_for_everybody(string path) => (await server.SendAsync("GET", path)).MustBeError(404, "APIGW.0101");

    private static IEnumerable<string> NamesOf(RouteEndpoint endpoint) =>
        (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(method => $"{method} {endpoint.RoutePattern.RawText}");

    private IEnumerable<(string Who, bool Own, Func<string, Task<WireAnswer>> Ask)> Callers(string method, string query, string body, string route = Thumbnails)
    {
        string Path(string project) => route.Replace("{project_id}", project, StringComparison.Ordinal).Replace("{cancellation_id}", new('0', 32), StringComparison.Ordinal);
        string Target(string project) => $"{Path(project)}{(query.Length > 0 ? "?" : "")}{query}";
        Task<WireAnswer> Token(string project, string token) => server.SendWithTokenAsync(method, Target(project), body, token);
        Task<WireAnswer> Signed(string project, string key, string secret, int minutes = 0) => server.SendAsync(
            new AuthRequest(method, Path(project), server.Time.GetUtcNow().AddMinutes(minutes))
            {
                AccessKey = key,
                Secret = secret,
                Query = [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => (pair.Split('=')[0], pair.Split('=')[1]))],
                Headers = [("Host", "x"), ("Content-Type", "application/json")],
                Body = System.Text.Encoding.UTF8.GetBytes(body),
            });

        yield return ("its signature", true, project => Signed(project, AuthServer.Key, AuthServer.Secret));
        yield return ("another's signature", false, project => Signed(project, AuthServer.OtherKey, AuthServer.OtherSecret));
        yield return ("a wrong signature", false, project => Signed(project, AuthServer.Key, AuthServer.OtherSecret));
        yield return ("an unknown key", false, project => Signed(project, "AKNOBODY", AuthServer.Secret));
        yield return ("a signature of yesterday", false, project => Signed(project, AuthServer.Key, AuthServer.Secret, -24 * 60));
        yield return ("its token", true, project => Token(project, AuthServer.Token));
        yield return ("another's token", false, project => Token(project, AuthServer.OtherToken));
        yield return ("a wrong token", false, project => Token(project, AuthServer.Token + "x"));
        yield return ("no credential", false, project => server.SendAsync(method, Target(project), body));
        yield return ("a credential of another kind", false, project => server.SendAsync(method, Target(project), body, ("Authorization", $"Bearer {AuthServer.Token}")));
    }
}
