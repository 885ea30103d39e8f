using System.CommandLine;
using SnapshotTasks.Demo;

var store = new Option<string>("--store")
{
    Description = "sqlite, or postgres: a throw-away cluster and two servers on it, one of which is killed",
    DefaultValueFactory = _ => "sqlite",
};
store.AcceptOnlyFromAmong("sqlite", "postgres");
var root = new RootCommand("Tells the whole story on a real video and a fresh store: submit, cancel, four refusals, pictures on disk.") { store };
root.SetAction(async (parsed, cancellationToken) =>
{
    try
    {
        var demo = new Demonstration(Console.Out);
        return await (parsed.GetValue(store) == "postgres" ? demo.OnPostgresAsync(cancellationToken) : demo.OnSqliteAsync(cancellationToken));
    }
    catch (InvalidOperationException refusal)
    {
        await Console.Error.WriteLineAsync($"The demonstration cannot go on: {refusal.Message}");
        return 1;
    }
});
// The servers are stopped as an operator stops them, which takes as long as they say.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan });
