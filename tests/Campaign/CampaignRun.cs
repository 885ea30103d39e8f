using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>One campaign: load and chaos until there were enough kills, then calm until everything has ended, then the check.</summary>
/// <param name="folder">Where everything of it is, deleted when nothing was found.</param>
/// <param name="command">The command line of a host before its options.</param>
/// <param name="store">The database.</param>
/// <param name="kills">How many processes to kill.</param>
/// <param name="seed">Decides what happens, as far as the machine lets it.</param>
internal sealed class CampaignRun(string folder, IReadOnlyList<string> command, IStoreUnderTest store, int kills, int seed)
{
    private const int Clients = 4;

    // What is left at the end is a few tasks, after a lease that has to expire.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(60);

    private string Data => Path.Combine(folder, "data");

    private string Media => Path.Combine(Data, "media");

    private string Pictures => Path.Combine(Media, "pictures");

    private string JournalFile => Path.Combine(folder, "journal.jsonl");

    public async Task<Summary> RunAsync(TextWriter output)
    {
        await Clips.MakeAsync(Media);
        await store.StartAsync();
        using (var journal = new Journal(JournalFile))
        {
            await ProvokeAsync(journal);
        }

        var evidence = new Evidence(Journal.Read(JournalFile), await store.ReadRowsAsync(), Evidence.PicturesBelow(Pictures))
        {
            Listed = await store.ReadListedAsync(),
            Files = Evidence.FilesBelow(Pictures),
        };
        var findings = Checker.Check(evidence);
        var summary = new Summary(evidence, findings, kills, store.HasServer);
        summary.Print(output);
        foreach (var finding in findings.Take(20))
        {
            output.WriteLine($"{finding.Promise}: {finding.What}");
        }

        return summary;
    }

    private async Task ProvokeAsync(Journal journal)
    {
        var (book, watch) = (new Book(), new Watch());
        journal.Written += watch.See;
        await using var fleet = new Fleet(new FleetSettings(folder, command, store.ServeOptions), journal);
        await fleet.RefillAsync();

        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(1, Clients).Select(number => new Client(number, seed + number, fleet, book, journal)).ToList();
        var load = clients.Select(client => Task.Run(() => client.RunAsync(stop.Token))).ToList();

        var chaos = new Chaos(fleet, store, book, watch, new Ambush(fleet, book, watch, Media), journal, new Random(seed));
        await using var steering = new Operator(store, book, watch, Pictures, journal, new Random(seed + 100));
        var mishaps = new Mishaps(fleet, watch, Media, journal, new Random(seed + 200));
        load.AddRange([Task.Run(() => steering.RunAsync(stop.Token)), Task.Run(() => mishaps.RunAsync(stop.Token))]);
        var running = chaos.RunAsync(kills);
        if (await Task.WhenAny([running, .. load]) is { IsFaulted: true } failed)
        {
            await failed;
        }

        await running;
        await stop.CancelAsync();
        await Task.WhenAll(load);
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Calm && await store.CountUnendedAsync() > 0;)
        {
            await Task.Delay(100);
        }

        await Task.WhenAll(clients.Select(client => client.FinishAsync()));
        foreach (var host in fleet.Ready)
        {
            await fleet.StopAsync(host);
        }

        clients.ForEach(client => client.Dispose());
    }
}
