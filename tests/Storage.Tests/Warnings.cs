using Microsoft.Extensions.Logging;

namespace SnapshotTasks.Tests;

/// <summary>Remembers what a store says.</summary>
internal sealed class Warnings : ILogger<PostgresTaskStore>
{
    private readonly List<string> texts = [];

    public IReadOnlyList<string> Texts
    {
        get
        {
            lock (texts)
            {
                return [.. texts];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (texts)
        {
            texts.Add(formatter(state, exception));
        }
    }
}
