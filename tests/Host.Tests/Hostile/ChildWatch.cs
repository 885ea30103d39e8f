using System.Collections.Concurrent;
using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>Watches what the children that read from a folder use.</summary>
internal sealed class ChildWatch : IAsyncDisposable
{
    private const string Bound = "4294967296";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly ConcurrentDictionary<int, (long Memory, double Seconds)> seen = new();
    private readonly CancellationTokenSource ending = new();
    private readonly string folder;
    private readonly Task watching;

    public ChildWatch(string folder)
    {
        this.folder = folder;
        watching = Task.Run(WatchAsync);
    }

    /// <summary>The most memory that one had.</summary>
    public long Memory => seen.Values.Select(child => child.Memory).DefaultIfEmpty().Max();

    /// <summary>How long all have computed.</summary>
    public double Seconds => seen.Values.Sum(child => child.Seconds);

    /// <summary>What bounds the programs that were seen.</summary>
    public ConcurrentDictionary<string, bool> Bounds { get; } = new();

    public bool IsBounded => Bounds.Keys.All(bound => bound == Bound);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await watching;
        ending.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            foreach (var (id, name) in CaptureProcesses.Reading(folder))
            {
                Look(id, name is "ffmpeg" or "ffprobe");
            }

            await Task.Delay(Pause, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look(int id, bool isProgram)
    {
        try
        {
            var memory = Field(File.ReadAllLines($"/proc/{id}/status"), "VmHWM:", 1);
            var times = File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ');
            var seconds = (Number(times[12]) + Number(times[13])) / 100d;
            // One that has ended and was not waited for yet has no memory any more.
            seen.AddOrUpdate(id, (0, seconds), (_, before) => (before.Memory, seconds));
            if (memory is not null)
            {
                seen[id] = (Number(memory) << 10, seconds);
            }

            if (isProgram && Field(File.ReadAllLines($"/proc/{id}/limits"), "Max address space", 3) is { } bound)
            {
                Bounds[bound] = true;
            }
        }
        catch (IOException)
        {
            // It has ended meanwhile.
        }
    }

    private static string? Field(string[] lines, string name, int place) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[place];

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
