using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SnapshotTasks.Demo;

/// <summary>A server in a process of its own, on a free port, running one task at a time.</summary>
internal sealed partial class DemoServer : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();

    private DemoServer(string name, ProcessStartInfo start)
    {
        (Name, process) = (name, Process.Start(start)!);
        process.ErrorDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>The attempts that this server has started, as it has said itself.</summary>
    public IEnumerable<(string Task, int Attempt)> Started =>
        log.Select(line => StartedLine().Match(line)).Where(match => match.Success).Select(match => (match.Groups[1].Value, int.Parse(match.Groups[2].Value, null)));

    public static async Task<DemoServer> StartAsync(
        string name, string folder, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        string[] serve = [Path.Combine(AppContext.BaseDirectory, "SnapshotTasks.Host.dll"), "serve", "--urls", "http://127.0.0.1:0", "--data", folder, "--concurrency", "1", .. options];
        var start = new ProcessStartInfo("dotnet", serve) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var credential in start.Environment.Keys.Where(key => key.Contains("Credentials__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(credential); // The story is told to a server of its own, by a client that has none.
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var server = new DemoServer(name, start);
        var ready = await server.process.StandardOutput.ReadLineAsync(cancellationToken);
        var address = ready?.Split(' ', ',').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
        if (address is null)
        {
            await server.process.WaitForExitAsync(cancellationToken);
            throw new InvalidOperationException($"The server did not start: {string.Join('\n', server.log)}");
        }

        server.Address = new Uri(address);
        return server;
    }

    /// <summary>kill -9 of this process alone: what it has started must end without its help.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: false);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // SIGTERM, as an operator stops it; .NET itself only kills.
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    [GeneratedRegex(@"Task (\d+) of project \S+ started, attempt (\d+)\.")]
    private static partial Regex StartedLine();
}
