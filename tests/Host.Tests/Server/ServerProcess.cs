using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace SnapshotTasks.Tests;

/// <summary>The real server in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly StringBuilder log = new();

    private ServerProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log)
            {
                log.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    public string ReadyLine { get; private set; } = "";

    public HttpClient Client { get; private set; } = new();

    public int Id => process.Id;

    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "SnapshotTasks.Host.dll");

    /// <summary>Starts a server and waits until it says that it is ready.</summary>
    public static Task<ServerProcess> StartAsync(string data, params string[] options) =>
        StartCommandAsync("dotnet", [Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, .. options]);

    /// <summary>Starts a command line that ends in a server, and waits until that says that it is ready.</summary>
    public static async Task<ServerProcess> StartCommandAsync(string command, string[] arguments)
    {
        var server = new ServerProcess(Process.Start(
            new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        server.ReadyLine = await server.process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
            ?? throw new InvalidOperationException($"The server did not start: {server.Log}");
        var address = server.ReadyLine.Split(' ', ',').First(word => word.StartsWith("http://", StringComparison.Ordinal));
        server.Client = new HttpClient { BaseAddress = new Uri(address), Timeout = Patience };
        return server;
    }

    /// <summary>Runs a command line that is expected to end by itself.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunProgramAsync([Dll, .. arguments]);

    /// <summary>Tells the story of the README.</summary>
    public static Task<(int ExitCode, string Output, string Error)> DemonstrateAsync(params string[] arguments) =>
        RunProgramAsync([Path.Combine(AppContext.BaseDirectory, "SnapshotTasks.Demo.dll"), .. arguments]);

    private static async Task<(int ExitCode, string Output, string Error)> RunProgramAsync(string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync().WaitAsync(Patience * 3); // The demonstration is many servers and captures.
        return (run.ExitCode, await output, await error);
    }

    public async Task<string> SubmitAsync(string sampling, string directory, string? userData = null, int sync = 0)
    {
        var answer = await Client.PostAsJsonAsync("/v1/p/thumbnails", new Dictionary<string, object?>
        {
            ["input"] = new { bucket = "videos", location = "local", @object = "clip.mp4" },
            ["output"] = new { bucket = "pictures", location = "local", @object = directory },
            ["original_dir"] = 1,
            ["user_data"] = userData,
            ["sync"] = sync,
            ["thumbnail_para"] = JsonDocument.Parse(sampling).RootElement,
        });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("task_id").GetString()!;
    }

    public async Task<JsonElement> TaskAsync(string id) =>
        (await Client.GetFromJsonAsync<JsonElement>($"/v1/p/thumbnails?task_id={id}")).GetProperty("task_array")[0];

    public async Task<string> StatusAsync(string id) => (await TaskAsync(id)).GetProperty("status").GetString()!;

    public Task<HttpResponseMessage> CancelAsync(string id) => Client.DeleteAsync($"/v1/p/thumbnails?task_id={id}");

    /// <summary>kill -9 of this process alone.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: false);
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>SIGTERM, or another signal that stops it, and the exit code.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        await SignalAsync(signal);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>Sends it a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}

/// <summary>Waiting for something to become true, with a deadline and without luck.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (var waited = Stopwatch.StartNew(); !await condition();)
        {
            waited.Elapsed.Should().BeLessThan(ServerProcess.Patience, "this should have come true: {0}", what);
            await Task.Delay(20);
        }
    }

    public static Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        TrueAsync(() => Task.FromResult(condition()), what);
}
