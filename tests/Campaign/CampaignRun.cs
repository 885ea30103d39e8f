using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>One campaign: rounds of load and chaos, each followed by calm until everything has ended, then the check.</summary>
/// <param name="folder">Where everything of it is, deleted when nothing was found.</param>
/// <param name="command">The command line of a host before its options.</param>
/// <param name="store">The database.</param>
/// <param name="kills">How many processes to kill, in the first round.</param>
/// <param name="seed">Decides what happens, as far as the machine lets it.</param>
/// <param name="output">Where its table goes.</param>
internal sealed class CampaignRun(string folder, IReadOnlyList<string> command, IStoreUnderTest store, int kills, int seed, TextWriter output)
{
    private const int Clients = 4, MoreKills = 5;

    // What is left at the end is a few tasks, after a lease that has to expire.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(60);

    // Some attempts, each after a longer wait, and a lease that has to expire.
    private static readonly TimeSpan LongestDelivery = TimeSpan.FromSeconds(120);

    // Many more rounds than what is rare takes.
    private static readonly TimeSpan LongestLookForMissing = TimeSpan.FromMinutes(3);

    private readonly Book book = new();
    private readonly Watch watch = new();

    private string Data => Path.Combine(folder, "data");

    private string Media => Path.Combine(Data, "media");

    private string Pictures => Path.Combine(Media, "pictures");

    public async Task<Summary> RunAsync()
    {
        await Clips.MakeAsync(Media);
        await store.StartAsync();
        using var journal = new Journal(Path.Combine(folder, "journal.jsonl"));
        journal.Written += watch.See;
        await ProvokeAsync(journal);

        var evidence = await EvidenceAsync(journal);
        var findings = Checker.Check(evidence);
        var summary = new Summary(evidence, findings, kills, store.HasServer);
        summary.Print(output);
        foreach (var finding in findings.Take(20))
        {
            output.WriteLine($"{finding.Promise}: {finding.What}");
        }

        return summary;
    }

    private async Task<Evidence> EvidenceAsync(Journal journal) => new(journal.Entries, await store.ReadRowsAsync(), Evidence.PicturesBelow(Pictures))
    {
        Listed = await store.ReadListedAsync(),
        Events = await store.ReadEventsAsync(),
        Files = Evidence.FilesBelow(Pictures),
    };

    private async Task ProvokeAsync(Journal journal)
    {
        await using var receiver = new WebhookReceiver(journal, new Random(seed + 300));
        await receiver.StartAsync();
        await using var fleet = new Fleet(new FleetSettings(folder, command, store.ServeOptions, receiver.Address), journal);
        await fleet.RefillAsync();

        var clients = Enumerable.Range(1, Clients).Select(number => new Client(number, seed + number, fleet, book, journal)).ToList();
        var chaos = new Chaos(fleet, store, book, watch, new Ambush(fleet, book, watch, Media), journal, new Random(seed));
        await using var steering = new Operator(store, book, watch, Pictures, journal, new Random(seed + 100));
        var mishaps = new Mishaps(fleet, watch, Media, journal, new Random(seed + 200));
        Func<CancellationToken, Task>[] load = [.. clients.Select(client => (Func<CancellationToken, Task>)client.RunAsync), steering.RunAsync, mishaps.RunAsync, receiver.RunAsync];

        await RoundAsync(chaos, kills, load, receiver);
        for (var looked = Stopwatch.StartNew(); looked.Elapsed < LongestLookForMissing && await MissingAsync(journal) is { Count: > 0 } missing;)
        {
            output.WriteLine($"Another round, to see: {string.Join(", ", missing)}");
            await RoundAsync(chaos, MoreKills, load, receiver);
        }

        await Task.WhenAll(clients.Select(client => client.FinishAsync()));
        foreach (var host in fleet.Ready)
        {
            await fleet.StopAsync(host);
        }

        clients.ForEach(client => client.Dispose());
    }

    // With nobody at work: a submission on its way is not one whose outcome stays unknown.
    private async Task<IReadOnlyList<string>> MissingAsync(Journal journal) =>
        new Summary(await EvidenceAsync(journal), [], kills, store.HasServer).Missing;

    private async Task RoundAsync(Chaos chaos, int kills, IReadOnlyList<Func<CancellationToken, Task>> load, WebhookReceiver receiver)
    {
        using var stop = new CancellationTokenSource();
        var loading = load.Select(run => Task.Run(() => run(stop.Token))).ToList();
        var running = chaos.RunAsync(kills);
        if (await Task.WhenAny([running, .. loading]) is { IsFaulted: true } failed)
        {
            await failed;
        }

        await running;
        await stop.CancelAsync();
        await Task.WhenAll(loading);
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Calm && await store.CountUnendedAsync() > 0;)
        {
            await Task.Delay(100);
        }

        for (var waited = Stopwatch.StartNew(); waited.Elapsed < LongestDelivery && receiver.Received < (await store.ReadEventsAsync()).Count;)
        {
            await Task.Delay(500);
        }
    }
}
