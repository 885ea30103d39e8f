using System.Diagnostics;

namespace SnapshotTasks;

/// <summary>A server in a process of its own, on a free port.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly Process process;

    private DemoServer(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<DemoServer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        string[] serve = [typeof(DemoServer).Assembly.Location, "serve", "--urls", "http://127.0.0.1:0", "--data", folder, "--concurrency", "1"];
        var start = new ProcessStartInfo("dotnet", serve) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.Contains("Credentials__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name); // The story is told to a server of its own, by a client that has none.
        }

        var process = Process.Start(start)!;
        var log = process.StandardError.ReadToEndAsync(cancellationToken);
        var ready = await process.StandardOutput.ReadLineAsync(cancellationToken);
        var address = ready?.Split(' ', ',').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
        return address is null
            ? throw new InvalidOperationException($"The server did not start: {await log}")
            : new DemoServer(process, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM, as an operator stops it; .NET itself only kills.
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
