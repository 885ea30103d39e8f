using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Listens to the meters of one host, and to no other host's of this process.</summary>
internal sealed class Meters : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<(string Name, string Text, double Value)> measured = new();

    public Meters(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Meter.Name.StartsWith("SnapshotTasks.", StringComparison.Ordinal))
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>What an instrument has measured: its meter and tags, and the value.</summary>
    public IReadOnlyList<(string Text, double Value)> Of(string instrument) =>
        [.. measured.Where(each => each.Name == instrument).Select(each => (each.Text, each.Value))];

    /// <summary>Asks the gauges, as an exporter does.</summary>
    public void Collect()
    {
        measured.Clear();
        listener.RecordObservableInstruments();
    }

    public void Dispose() => listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        measured.Enqueue((instrument.Name, string.Join(' ', [instrument.Meter.Name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]), value));
}
