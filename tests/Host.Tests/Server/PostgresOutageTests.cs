using System.Net;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Real servers whose real database is killed and comes back.</summary>
public sealed class PostgresOutageTests(PostgresDatabases databases) : IClassFixture<PostgresDatabases>, IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task While_the_database_is_gone_callers_are_told_to_come_back_and_when_it_is_back_work_goes_on_by_itself_and_nothing_is_lost()
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        await using var server = await ServerProcess.StartAsync(
            data, "--store", "postgres", "--connection", await databases.NewAsync(), "--migrate", "--concurrency", "1");
        var accepted = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            accepted.Add(await server.SubmitAsync("""{"type":"TIME","time":1}""", $"out-{i}"));
        }

        await Eventually.TrueAsync(async () => await server.StatusAsync(accepted[0]) == "PROCESSING");
        await databases.Cluster.KillAsync();

        for (var i = 0; i < 3; i++)
        {
            await MustBeUnavailableAsync(server, HttpMethod.Post);
            await MustBeUnavailableAsync(server, HttpMethod.Get);
            await MustBeUnavailableAsync(server, HttpMethod.Delete);
        }

        (await server.Client.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await server.Client.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => server.Log.Contains("The store gives no work", StringComparison.Ordinal));

        await databases.Cluster.StartAsync();
        await Eventually.TrueAsync(async () => (await server.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK);
        accepted.Add(await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out-4"));
        foreach (var id in accepted)
        {
            await Eventually.TrueAsync(async () => await server.StatusAsync(id) == "SUCCEEDED");
        }

        server.Log.Should().Contain("The store gives work again").And.NotContain("failed unexpectedly").And.NotContain("broke");
        (await server.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_server_stops_in_order_while_its_database_is_gone()
    {
        await using var cluster = await PostgresCluster.CreateAsync();
        await using var server = await ServerProcess.StartAsync(data, "--store", "postgres", "--connection", cluster.ConnectionString, "--migrate");
        await cluster.KillAsync();
        await Eventually.TrueAsync(() => server.Log.Contains("The store gives no work", StringComparison.Ordinal));

        (await server.StopAsync()).Should().Be(0);
    }

    private static async Task MustBeUnavailableAsync(ServerProcess server, HttpMethod method)
    {
        using var request = new HttpRequestMessage(method, method == HttpMethod.Delete ? "/v1/p/thumbnails?task_id=1" : "/v1/p/thumbnails");
        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent(WireBody.With(), Encoding.UTF8, "application/json");
        }

        using var answer = await server.Client.SendAsync(request);

        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, "{0} {1}", method, await answer.Content.ReadAsStringAsync());
        answer.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("MPC.10050");
    }
}
