using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>An ffmpeg that hangs when it is the first that any server of a data folder starts, and works afterwards.</summary>
internal sealed class HangingFfmpeg(string data)
{
    /// <summary>Starts a server that finds it, running one task at a time.</summary>
    public async Task<ServerProcess> StartServerAsync(params string[] settings)
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        var tools = Directory.CreateDirectory(Path.Combine(data, "tools")).FullName;
        var ffmpeg = Path.Combine(tools, "ffmpeg");
        if (!File.Exists(ffmpeg))
        {
            await File.WriteAllTextAsync(ffmpeg, $"""
                #!/bin/sh
                mkdir '{data}/hangs' 2>/dev/null && exec tail -f /dev/null '{data}'
                PATH='{path}' exec ffmpeg "$@"
                """);

            // In a box with a file system of its own it could not leave a mark.
            var bubblewrap = Path.Combine(tools, "bwrap");
            await File.WriteAllTextAsync(bubblewrap, "#!/bin/sh\nexit 1\n");
            using var run = Process.Start("chmod", ["+x", ffmpeg, bubblewrap]);
            await run.WaitForExitAsync();
        }

        return await ServerProcess.StartCommandAsync(
            "env",
            [
                $"PATH={tools}:{path}", .. settings,
                "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, "--concurrency", "1",
            ]);
    }

    /// <summary>How many hang now.</summary>
    public int Count() => CaptureProcesses.All().Count(process => process.Line == $"tail\0-f\0/dev/null\0{data}\0");
}
