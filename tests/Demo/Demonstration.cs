using System.Diagnostics;

namespace SnapshotTasks.Demo;

/// <summary>The story of the README, told over HTTP to real servers on a fresh store.</summary>
internal sealed class Demonstration(TextWriter output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly string folder = Path.Combine("data", $"demo-{TimeProvider.System.GetLocalNow():yyyyMMdd-HHmmss}");
    private readonly List<string> unexpected = [];

    /// <summary>One server on SQLite.</summary>
    public async Task<int> OnSqliteAsync(CancellationToken cancellationToken)
    {
        await MakeClipAsync(cancellationToken);
        await using var server = await DemoServer.StartAsync("A", folder, [], new Dictionary<string, string>(), cancellationToken);
        Say($"Started a server at {server.Address} on a fresh store in {folder}, running one task at a time.");
        return await TellAsync([server], cancellationToken);
    }

    /// <summary>Two servers on PostgreSQL, of which one is killed while it runs a task.</summary>
    public async Task<int> OnPostgresAsync(CancellationToken cancellationToken)
    {
        await MakeClipAsync(cancellationToken);
        await using var cluster = await PostgresCluster.CreateAsync();
        Say("Started a PostgreSQL server of its own, to be thrown away.");
        var settings = new Dictionary<string, string> { ["Postgres__Connection"] = cluster.ConnectionString, ["Worker__Lease"] = $"{Lease}" };

        await using var first = await StartAsync("A");
        await using var second = await StartAsync("B");
        DemoServer[] servers = [first, second];
        foreach (var server in servers)
        {
            Say($"Started server {server.Name} at {server.Address} on it, running one task at a time under leases of {Lease.TotalSeconds} s.");
        }

        return await TellAsync(servers, cancellationToken);

        Task<DemoServer> StartAsync(string name) =>
            DemoServer.StartAsync(name, folder, ["--store", "postgres", "--migrate"], settings, cancellationToken);
    }

    private async Task<int> TellAsync(IReadOnlyList<DemoServer> servers, CancellationToken cancellationToken)
    {
        using var story = new DemoStory(output, folder, servers, Expect);
        await story.TellAsync(cancellationToken);
        Say("");
        Say(unexpected.Count == 0 ? "All of it happened as promised." : $"Not as promised:\n  {string.Join("\n  ", unexpected)}");
        return unexpected.Count == 0 ? 0 : 1;
    }

    private async Task MakeClipAsync(CancellationToken cancellationToken)
    {
        var clip = Path.Combine(folder, "media", DemoStory.Bucket, DemoStory.Clip);
        Directory.CreateDirectory(Path.GetDirectoryName(clip)!);
        Say($"Making a sample clip of 60 s: {clip}");
        using var ffmpeg = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=60",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", clip]);
        await ffmpeg.WaitForExitAsync(cancellationToken);
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException("ffmpeg could not make the sample clip, its own words are above.");
        }
    }

    private void Expect(bool happened, string promise)
    {
        if (!happened)
        {
            unexpected.Add(promise);
        }
    }

    private void Say(string line) => output.WriteLine(line);
}
