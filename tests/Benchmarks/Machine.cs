using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Benchmarks;

/// <summary>Where a run took place: numbers of different machines do not compare.</summary>
internal sealed record Machine(
    int Cores, string Processor, string Memory, string OperatingSystem, string DotNet, string Sqlite, string Version, string FileSystem, string Folder, string LoadAtStart)
{
    public static Machine Describe(DirectoryInfo folder)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return new(
            Environment.ProcessorCount,
            Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0.0} GB"),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            connection.ServerVersion,
            typeof(SnapshotTask).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            FileSystemOf(folder),
            folder.FullName,
            File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown");
    }

    /// <summary>Whether a sync costs nothing there, so that nothing measured there says anything.</summary>
    public static bool IsInMemory(DirectoryInfo folder) => FileSystemOf(folder) is "tmpfs" or "ramfs";

    /// <summary>A line of a process's status (<c>VmHWM</c>, the peak of its resident memory, or <c>VmRSS</c>), in MB of 10⁶ bytes.</summary>
    public static double Megabytes(int process, string line) =>
        Line($"/proc/{process}/status", line) is { } text
            ? double.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e6
            : throw new PlatformNotSupportedException("The memory of a process is read from /proc, which this system has not.");

    /// <summary>The file system that a folder is on, or would be.</summary>
    private static string FileSystemOf(DirectoryInfo folder) =>
        folder.Exists ? new DriveInfo(folder.FullName).DriveFormat : FileSystemOf(folder.Parent!);

    public override string ToString() =>
        $"{Cores} cores {Processor}, {Memory}, {OperatingSystem}, {DotNet}, SQLite {Sqlite}, {FileSystem} at {Folder}, load {LoadAtStart}, version {Version}";

    private static string? Line(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).Select(line => line.Split(':', 2)).FirstOrDefault(line => line[0].Trim() == name)?[1].Trim()
        : null;
}
