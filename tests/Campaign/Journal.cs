using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotTasks.Campaign;

/// <summary>The log file of a campaign: what clients asked and were told, and what was done to whom.</summary>
internal sealed class Journal(string path) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private readonly StreamWriter file = new(path);
    private readonly List<Entry> entries = [];
    private long requests;

    /// <summary>Sees every entry as it is written.</summary>
    public event Action<Entry>? Written;

    /// <summary>Milliseconds since the start.</summary>
    public double Now => clock.Elapsed.TotalMilliseconds;

    /// <summary>What was written so far.</summary>
    public IReadOnlyList<Entry> Entries
    {
        get
        {
            lock (gate)
            {
                return [.. entries];
            }
        }
    }

    /// <summary>A number that no other request has.</summary>
    public long NewRequest() => Interlocked.Increment(ref requests);

    /// <summary>Writes an entry; those of one caller keep their order.</summary>
    public void Write(Func<double, Entry> entry)
    {
        Entry written;
        lock (gate)
        {
            written = entry(Math.Round(Now, 2));
            file.WriteLine(JsonSerializer.Serialize(written, Json));
            entries.Add(written);
        }

        Written?.Invoke(written);
    }

    public void Dispose() => file.Dispose();
}
