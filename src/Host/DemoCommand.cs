using System.CommandLine;

namespace SnapshotTasks;

/// <summary>The command line of the demonstration.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var store = new Option<string>("--store")
        {
            Description = "sqlite, or postgres: a throw-away cluster and two servers on it, one of which is killed",
            DefaultValueFactory = _ => StoreChoice.Sqlite,
        };
        store.AcceptOnlyFromAmong(StoreChoice.Sqlite, StoreChoice.Postgres);
        var command = new Command("demo", "Tells the whole story on a real video and a fresh store: submit, cancel, four refusals, pictures on disk.") { store };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var demo = new Demo(Console.Out);
                return await (parsed.GetValue(store) == StoreChoice.Postgres ? demo.OnPostgresAsync(cancellationToken) : demo.OnSqliteAsync(cancellationToken));
            }
            catch (InvalidOperationException refusal)
            {
                await Console.Error.WriteLineAsync($"The demonstration cannot go on: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }
}
