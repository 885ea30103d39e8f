using System.Diagnostics;
using System.Globalization;

namespace SnapshotTasks.Benchmarks;

/// <summary>What some work cost, in this process and in the children that have ended.</summary>
/// <param name="Seconds">The time that passed.</param>
/// <param name="Processor">The processor seconds, of user and system.</param>
/// <param name="Megabytes">What was read, from files and pipes.</param>
internal sealed record Cost(double Seconds, double Processor, double Megabytes)
{
    // Of Linux, whatever the kernel's own clock.
    private const double TicksPerSecond = 100;

    /// <summary>Measures some work.</summary>
    public static async Task<Cost> OfAsync(Func<Task> work)
    {
        var (processor, read) = (ProcessorSeconds(), BytesRead());
        var time = Stopwatch.StartNew();
        await work();
        return new(time.Elapsed.TotalSeconds, ProcessorSeconds() - processor, (BytesRead() - read) / 1e6);
    }

    // After the name, which may have spaces: user and system of the process, then of its children.
    private static double ProcessorSeconds()
    {
        var fields = File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ');
        return fields[11..15].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double BytesRead() =>
        double.Parse(File.ReadLines("/proc/self/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);
}
