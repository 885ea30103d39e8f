using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks.Tests;

/// <summary>Everything that is logged, at any level.</summary>
internal sealed class AuthLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
