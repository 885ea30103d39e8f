using System.CommandLine;
using System.Diagnostics;
using SnapshotTasks.Campaign;

var store = new Option<string>("--store") { Description = "The store under test", DefaultValueFactory = _ => "sqlite" };
store.AcceptOnlyFromAmong("sqlite", "postgres");
var kills = new Option<int>("--kills") { Description = "How many processes to kill", DefaultValueFactory = parsed => parsed.GetValue(store) == "postgres" ? 30 : 60 };
var seed = new Option<int>("--seed") { Description = "Decides what happens, as far as the machine lets it", DefaultValueFactory = _ => Random.Shared.Next() };
var host = new Option<FileInfo>("--host")
{
    Description = "The server to try, when it is not the one that was built with this",
    DefaultValueFactory = _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "SnapshotTasks.Host.dll")),
};
host.AcceptExistingOnly();
var root = new RootCommand("Kills, freezes and cuts off real hosts under load, and holds what their clients were told against what is there in the end.") { store, kills, seed, host };
root.SetAction(async (parsed, _) =>
{
    var folder = Directory.CreateTempSubdirectory("snapshot-tasks-campaign-").FullName;
    var (wanted, chosen) = (parsed.GetValue(kills), parsed.GetValue(seed));
    Console.WriteLine($"A campaign of {wanted} kills on {parsed.GetValue(store)}, seed {chosen}, in {folder}");

    var took = Stopwatch.StartNew();
    await using IStoreUnderTest database = parsed.GetValue(store) == "postgres" ? new PostgresUnderTest() : new SqliteUnderTest(Path.Combine(folder, "data"));
    Summary summary;
    try
    {
        summary = await new CampaignRun(folder, [parsed.GetValue(host)!.FullName, "serve"], database, wanted, chosen, Console.Out).RunAsync();
    }
    catch (InvalidOperationException broken)
    {
        Console.WriteLine($"The campaign could not go on: {broken}\n0 passed, 1 failed, 0 skipped");
        return 1;
    }

    Console.WriteLine($"{took.Elapsed.TotalSeconds:0} s. {summary.Kills} kills without a finding bound the rate of failures per kill at {3.0 / Math.Max(1, summary.Kills):0.0000} (3/n, with a confidence of 95 %), no better.");
    if (summary.Failed == 0)
    {
        Directory.Delete(folder, recursive: true);
    }
    else
    {
        Console.WriteLine($"What happened is in {folder}: journal.jsonl, hosts/, data/.");
    }

    Console.WriteLine($"{summary.Passed} passed, {summary.Failed} failed, 0 skipped");
    return summary.Failed == 0 ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();
