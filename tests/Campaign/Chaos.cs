using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>Kills, freezes and stops what runs, and starts it again, until there were enough kills.</summary>
internal sealed class Chaos(Fleet fleet, IStoreUnderTest store, Book book, Watch watch, Ambush ambush, Journal journal, Random random)
{
    // Shorter than the waits between the tries of a worker grow to be, which are no part of what is measured.
    private const int FenceMilliseconds = 1400;

    private static readonly TimeSpan PastTheLease = FleetSettings.Lease + FleetSettings.Poll + TimeSpan.FromSeconds(0.7), LongestLookForLate = TimeSpan.FromMinutes(1);

    private readonly List<Task> refills = [];
    private int kills, fences;

    /// <summary>Goes on until there were so many more kills and, after them, a late completion and a fence that were still to come.</summary>
    public async Task RunAsync(int more)
    {
        var (wanted, late, fenced) = (kills + more, watch.LateCompletions, fences);
        var sinceKills = new Stopwatch();
        bool WantsFence() => store.HasServer && fences == fenced;
        while (kills < wanted || WantsFence() || (watch.LateCompletions == late && sinceKills.Elapsed < LongestLookForLate))
        {
            book.Backlog = random.Next(2, 16);
            journal.Write(MachineLoad.Read);
            await WorkersAsync(1);
            if (kills >= wanted)
            {
                sinceKills.Start();
            }

            var lot = kills < wanted ? random.Next(100) : WantsFence() ? 13 : 100;
            await (lot switch
            {
                < 4 => KillAllAsync(),
                < 8 => FreezeAsync(toDeath: random.Next(3) == 0),
                < 12 => StopOneAsync(),
                < 16 when store.HasServer => FenceAsync(),
                < 32 when store.HasServer => KillServerAsync(),
                < 96 => KillOneAsync(),
                _ => AmbushAsync(),
            });

            await Task.Delay(random.Next(100, 700));
        }

        await Task.WhenAll(refills);
        await fleet.RefillAsync();
    }

    private async Task KillOneAsync()
    {
        if (Pick(fleet.Alive) is { } host)
        {
            await KillAsync(host);
        }
    }

    private Task KillAllAsync() => KillAsync([.. fleet.Alive]);

    private async Task KillAsync(params IReadOnlyList<HostProcess> hosts)
    {
        kills += hosts.Count;
        await fleet.KillAsync(hosts);
        Refill();
    }

    private async Task KillServerAsync()
    {
        kills++;
        await store.KillServerAsync(journal);
    }

    /// <summary>Makes the database read-only for a while, with all hosts there, and waits until a write was acknowledged again.</summary>
    private async Task FenceAsync()
    {
        fences++;
        await Task.WhenAll(refills);
        var refused = watch.Refused;
        await store.FenceAsync(
            async () =>
            {
                await Task.Delay(random.Next(FenceMilliseconds / 2, FenceMilliseconds));
                await UntilAsync(() => watch.Refused > refused);
            },
            journal);
        var accepted = watch.Accepted;
        await UntilAsync(() => watch.Accepted > accepted);
    }

    private static async Task UntilAsync(Func<bool> happened)
    {
        for (var waited = Stopwatch.StartNew(); !happened() && waited.Elapsed < PastTheLease * 2;)
        {
            await Task.Delay(20);
        }
    }

    private async Task StopOneAsync()
    {
        if (Pick(fleet.Ready) is { } host)
        {
            await fleet.StopAsync(host);
            Refill();
        }
    }

    /// <summary>Freezes any host for longer than a lease; then it goes on, or is killed as it is.</summary>
    private async Task FreezeAsync(bool toDeath)
    {
        await WorkersAsync(2);
        if (Pick(fleet.Ready) is { } host)
        {
            host.Freeze();
            await KeepFrozenAsync(host, toDeath, () => Task.Delay(PastTheLease + Jitter()));
        }
    }

    /// <summary>Freezes a worker among its pictures or, mostly, between them and its outcome, so that another one takes over before it can record that.</summary>
    private async Task AmbushAsync()
    {
        await WorkersAsync(2);
        book.Backlog = 6;
        watch.SparesLongRuns = true;
        if (await ambush.FreezeAtPublicationAsync(random.Next(3) == 0 ? 0 : Clips.LongSeconds - 1, PastTheLease * 6) is { } caught)
        {
            await KeepFrozenAsync(caught.Host, toDeath: false, async () =>
            {
                await UntilAsync(() => watch.IsTakenOver(caught.Task.Id, caught.Run.Attempt));
                await Task.Delay(Jitter());
            });
            await UntilAsync(() => !watch.Runs.Contains(caught.Run));
        }

        watch.SparesLongRuns = false;
    }

    private TimeSpan Jitter() => TimeSpan.FromMilliseconds(random.Next(0, 500));

    private async Task KeepFrozenAsync(HostProcess host, bool toDeath, Func<Task> meanwhile)
    {
        await host.IsFrozenThroughoutAsync();
        if (await store.IsHeldAsync())
        {
            // Nobody can write, so nobody could take over: this was a stop of everything.
            journal.Write(at => new StoreDown(at, Outage.Held));
            host.Thaw();
            journal.Write(at => new StoreUp(at));
            return;
        }

        await meanwhile();
        if (toDeath)
        {
            await KillAsync(host);
        }
        else
        {
            host.Thaw();
        }
    }

    private void Refill() => refills.Add(Task.Run(async () =>
    {
        await Task.Delay(random.Next(0, 300));
        await fleet.RefillAsync();
    }));

    /// <summary>Waits for so many workers to be ready.</summary>
    private async Task WorkersAsync(int count)
    {
        while (fleet.Ready.Count(host => host.Role == HostRole.Worker) < count)
        {
            if (refills.Find(refill => refill.IsFaulted) is { } failed)
            {
                await failed;
            }

            await Task.Delay(10);
        }
    }

    private HostProcess? Pick(IReadOnlyList<HostProcess> hosts) => hosts.Count == 0 ? null : hosts[random.Next(hosts.Count)];
}
