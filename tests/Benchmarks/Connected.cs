namespace SnapshotTasks.Benchmarks;

/// <summary>How a rival is called.</summary>
/// <param name="Connections">How many connections it has.</param>
/// <param name="Callers">How many callers share them; those of one connection wait at its lock.</param>
/// <param name="Blocking">Whether each caller is a thread that waits; if not, each has a connection of its own.</param>
internal sealed record Setting(int Connections, int Callers, bool Blocking = true)
{
    public override string ToString() => $"{Connections} connections, {Callers} {(Blocking ? "threads" : "tasks")}";

    public string Name => $"{Connections}-connections.{Callers}-{(Blocking ? "threads" : "tasks")}";
}

/// <summary>The open connections of a rival, as many as it needs for the settings it will be called with.</summary>
internal sealed class Connected(IRivalDatabase database, IReadOnlyList<Setting> settings) : IDisposable
{
    private readonly Dictionary<bool, IReadOnlyList<IRival>> connections = settings.GroupBy(setting => setting.Blocking)
        .ToDictionary(group => group.Key, group => database.Connect(group.Max(setting => setting.Connections), group.Key));

    public Task<Rate> RunAsync(Setting setting, int count, Func<IRival, int, ValueTask> call)
    {
        var open = connections[setting.Blocking];
        return setting.Blocking
            ? Callers.RunOnThreadsAsync(setting.Callers, count, (caller, i) =>
            {
                var connection = open[caller % setting.Connections];
                lock (connection)
                {
                    call(connection, i).AsTask().GetAwaiter().GetResult();
                }
            })
            : Callers.RunAsync(setting.Callers, count, (caller, i) => call(open[caller], i).AsTask());
    }

    public void Dispose()
    {
        foreach (var connection in connections.Values.SelectMany(open => open))
        {
            connection.Dispose();
        }
    }
}
