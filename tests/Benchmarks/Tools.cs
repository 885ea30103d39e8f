using System.Runtime.CompilerServices;
using CliWrap;
using CliWrap.Buffered;

namespace SnapshotTasks.Benchmarks;

/// <summary>Programs of the system that a benchmark needs.</summary>
internal static class Tools
{
    /// <summary>Installs what is missing of these commands, each followed by its package, or says what to install.</summary>
    public static async Task RequireAsync(params string[] commands)
    {
        var setup = await Cli.Wrap(Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "src", "setup.sh")))
            .WithArguments(commands).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (!setup.IsSuccess)
        {
            throw new InvalidOperationException(setup.StandardError);
        }
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
