using System.Diagnostics;

namespace SnapshotTasks.Benchmarks;

/// <summary>A server in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, Uri address, TimeSpan ready) => (this.process, Address, Ready) = (process, address, ready);

    public Uri Address { get; }

    /// <summary>From the start of the process to its line that says it is ready.</summary>
    public TimeSpan Ready { get; }

    public int Id => process.Id;

    /// <summary>Starts a server on a free port and waits until it is ready.</summary>
    /// <param name="program">The assembly to start, of this folder, and what it is told before the arguments of the server.</param>
    /// <param name="options">The options of the server.</param>
    public static async Task<ServerProcess> StartAsync(string[] program, params string[] options)
    {
        string[] serve =
        [
            Path.Combine(AppContext.BaseDirectory, program[0]), .. program[1..],
            "serve", "--urls", "http://127.0.0.1:0", .. options,
        ];
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo("dotnet", serve) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var log = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync();
        var ready = Stopwatch.GetElapsedTime(started);
        var address = line?.Split(' ', ',').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
        return address is null
            ? throw new InvalidOperationException($"The server did not start: {line} {await log}")
            : new ServerProcess(process, new Uri(address), ready);
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM, as an operator stops it; .NET itself only kills.
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
