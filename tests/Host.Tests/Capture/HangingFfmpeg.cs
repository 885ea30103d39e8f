using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>An ffmpeg that hangs when it is the first that any server of a data folder starts, and works afterwards.</summary>
internal sealed class HangingFfmpeg(string data)
{
    /// <summary>Starts a server that finds it, running one task at a time.</summary>
    public async Task<ServerProcess> StartServerAsync(params string[] settings)
    {
        var tools = Directory.CreateDirectory(Path.Combine(data, "tools")).FullName;
        var ffmpeg = Path.Combine(tools, "ffmpeg");
        if (!File.Exists(ffmpeg))
        {
            await File.WriteAllTextAsync(ffmpeg, $"""
                #!/bin/sh
                mkdir '{data}/hangs' 2>/dev/null && exec tail -f /dev/null '{data}'
                PATH="$OLD_PATH" exec ffmpeg "$@"
                """);
            using var run = Process.Start("chmod", ["+x", ffmpeg]);
            await run.WaitForExitAsync();
        }

        var path = Environment.GetEnvironmentVariable("PATH");
        return await ServerProcess.StartCommandAsync(
            "env",
            [
                $"OLD_PATH={path}", $"PATH={tools}:{path}", .. settings,
                "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, "--concurrency", "1",
            ]);
    }

    /// <summary>How many hang now.</summary>
    public int Count() => CaptureProcesses.All().Count(process => process.Line == $"tail\0-f\0/dev/null\0{data}\0");
}
