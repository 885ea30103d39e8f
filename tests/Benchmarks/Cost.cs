using System.Diagnostics;
using System.Globalization;

namespace SnapshotTasks.Benchmarks;

/// <summary>What some work cost, on a machine that does nothing else.</summary>
/// <param name="Seconds">The time that passed.</param>
/// <param name="Processor">
/// The processor seconds of the machine, of user and system: a program that is started in a box is nobody's child that is waited for, so that
/// no process is told what it took.
/// </param>
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

    // The first line: user, nice and system of all processors.
    private static double ProcessorSeconds() =>
        File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..4].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture))
        / TicksPerSecond;

    private static double BytesRead() =>
        double.Parse(File.ReadLines("/proc/self/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);
}
