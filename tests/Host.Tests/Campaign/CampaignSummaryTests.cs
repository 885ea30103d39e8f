using SnapshotTasks.Campaign;

namespace SnapshotTasks.Tests;

/// <summary>The takeover times of a campaign, and that a campaign in which nothing happened does not pass.</summary>
public sealed class CampaignSummaryTests
{
    private const string Dead = "worker-1.1", Other = "worker-2.1";
    private static readonly double Lease = FleetSettings.Lease.TotalMilliseconds;

    [Fact]
    public void A_takeover_is_timed_from_the_death_of_the_host_to_the_next_start() =>
        Waited([.. Both(), Start(100, Dead, 1), Down(300, Dead), Start(2500, Other, 2)]).Should().Equal(2200);

    [Fact]
    public void A_takeover_is_timed_from_the_freeze_of_the_host() =>
        Waited([.. Both(), Start(100, Dead, 1), new HostFrozen(200, Dead), Start(2500, Other, 2), new HostThawed(4000, Dead)]).Should().Equal(2300);

    [Fact]
    public void A_freeze_shorter_than_the_lease_takes_nothing_from_the_host() =>
        Waited([.. Both(), Start(100, Dead, 1), new HostFrozen(200, Dead), new HostThawed(900, Dead), Down(5000, Dead), Start(7000, Other, 2)]).Should().Equal(2000);

    [Fact]
    public void A_takeover_that_waited_for_a_frozen_host_to_go_on_is_timed_as_well() =>
        Waited([.. Both(), Start(100, Dead, 1), new HostFrozen(200, Dead), new HostThawed(6000, Dead), Start(6100, Other, 2)]).Should().Equal(5900);

    [Fact]
    public void A_later_start_by_a_host_that_lives_is_no_takeover_of_a_dead_ones() =>
        Waited([.. Both(), Start(100, Dead, 1), Start(2500, Other, 2)]).Should().BeEmpty();

    [Fact]
    public void The_time_in_which_no_worker_was_awake_after_the_lease_does_not_count() =>
        Waited([.. Both(), Start(0, Dead, 1), Down(0, Dead), Down(1000, Other), new HostUp(Lease + 5000, "worker-2.2", HostRole.Worker), Start(Lease + 5100, "worker-2.2", 2)])
            .Should().Equal(Lease + 100);

    [Fact]
    public void The_time_in_which_every_slot_was_in_use_after_the_lease_does_not_count() =>
        Waited(
        [
            .. Both(), Start(0, Dead, 1), Down(0, Dead),
            .. Enumerable.Range(2, FleetSettings.Slots).Select(task => Start(10, Other, 1, $"{task}")),
            new WorkerSaid(Lease + 700, Other, WorkerEvents.Completed, "2", null), Start(Lease + 900, Other, 2),
        ]).Should().Equal(Lease + 200);

    [Fact]
    public void The_time_in_which_the_only_worker_rests_because_it_could_not_capture_does_not_count() =>
        Waited(
        [
            .. Both(), Start(0, Dead, 1), Down(0, Dead), .. Enumerable.Range(2, FleetSettings.Slots).Select(task => Start(10, Other, 1, $"{task}")),
            .. Enumerable.Range(2, FleetSettings.Slots).Select(task => new WorkerSaid(20, Other, WorkerEvents.GivenBack, $"{task}", null)),
            Start(Lease + 3000, Other, 2, "2"), new WorkerSaid(Lease + 3100, Other, WorkerEvents.Completed, "2", null), Start(Lease + 3200, Other, 2),
        ]).Should().Equal(Lease + 100);

    [Fact]
    public void A_start_that_a_host_may_have_said_only_after_it_was_frozen_gives_no_takeover() =>
        Takeovers.Measure([.. Both(), Start(0, Dead, 1), Down(0, Dead), new HostFrozen(Lease + 100, Other), new HostThawed(Lease + 5000, Other), Start(Lease + 5010, Other, 2)])
            .Should().BeEmpty();

    [Fact]
    public void A_task_that_may_be_put_off_gives_no_takeover() =>
        Takeovers.Measure([.. Both(), Start(100, Dead, 1), Down(300, Dead), Start(2500, Other, 2)], new HashSet<string> { "1" }).Should().BeEmpty();

    [Fact]
    public void The_time_in_which_the_store_served_nobody_after_the_lease_does_not_count() =>
        Waited([.. Both(), Start(0, Dead, 1), Down(0, Dead), new StoreDown(Lease, Outage.Killed), new StoreUp(Lease + 800), Start(Lease + 1000, Other, 2)])
            .Should().Equal(Lease + 200);

    [Fact]
    public void Whoever_comes_after_a_break_looks_for_work_anew_and_the_time_from_the_death_is_told_all_the_same()
    {
        var takeover = Takeovers.Measure(
        [
            .. Both(), Start(0, Dead, 1), Down(0, Dead), Down(Lease + 700, Other), new HostUp(Lease + 900, "worker-2.2", HostRole.Worker), Start(Lease + 1500, "worker-2.2", 2),
        ]).Should().ContainSingle().Subject;

        takeover.Should().Be(new Takeover("1", 1, Took: Lease + 1500, Waited: Lease + 700));
    }

    [Fact]
    public void A_campaign_in_which_nothing_happened_shows_nothing_and_fails()
    {
        var summary = new Summary(new Evidence([], [], new Dictionary<string, IReadOnlySet<string>>()), [], kills: 1, hasServer: true);

        using var table = new StringWriter();
        summary.Print(table);
        string[] situations =
        [
            "kill -9", "of which had committed", "that won", "that lost to a start", "late completions refused", "takeovers from hosts that died or froze",
            "pauses of everything", "pauses of a project", "attempts that were put off and waited in them",
            "dry runs", "cancels of several by their ids", "repeated after a lost answer", "carried out again after a lost answer",
            "tasks cancelled by them", "tasks that had started or ended before", "tasks of another project",
            "aborts accepted", "refused, because the task was queued or had ended",
            "times a bucket was away", "attempts put off", "tasks that failed with all attempts used up",
            "times a worker missed its programs", "attempts given back", "received more than once", "answered 500 by their receiver", "times the receiver was away", "times the database was read-only", "answers 503 meanwhile",
        ];
        summary.Failed.Should().Be(situations.Length, "{0}", table);
        summary.Missing.Should().BeEquivalentTo(situations);
        table.ToString().Split('\n').Where(line => line.Contains("BROKEN", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim())
            .Should().BeEquivalentTo(situations);
    }

    [Theory]
    [InlineData(3499, 0)]
    [InlineData(3501, 1)]
    public void A_takeover_that_took_longer_than_was_promised_fails(double took, int failed)
    {
        Entry[] entries = [.. Both(), Start(0, Dead, 1), Down(0, Dead), Start(took, Other, 2)];
        int Failed(Entry[] what) => new Summary(new Evidence(what, [], new Dictionary<string, IReadOnlySet<string>>()), [], kills: 1).Failed;

        (Failed(entries) - Failed([.. entries[..^1], Start(Lease, Other, 2)])).Should().Be(failed);
    }

    [Theory]
    [InlineData(0.5, 3.5)]
    [InlineData(4, 3.5)]
    [InlineData(20, 7.5)]
    public void The_second_for_the_work_is_longer_on_a_machine_that_others_use(double load, double seconds) =>
        Takeovers.Bound([new MachineLoad(1, 0), new MachineLoad(2, load), new MachineLoad(3, 0)]).Should().Be(seconds * 1000);

    [Fact]
    public void Every_kind_of_finding_fails_the_campaign()
    {
        var evidence = new Evidence([], [], new Dictionary<string, IReadOnlySet<string>>());
        foreach (var promise in Enum.GetValues<Broken>())
        {
            new Summary(evidence, [new(promise, "what was found")], kills: 1).Failed
                .Should().Be(new Summary(evidence, [], kills: 1).Failed + 1);
        }
    }

    private static IEnumerable<double> Waited(IReadOnlyList<Entry> entries) => Takeovers.Measure(entries).Select(takeover => takeover.Waited);

    private static Entry[] Both() => [new HostUp(0, Dead, HostRole.Worker), new HostUp(0, Other, HostRole.Worker)];

    private static WorkerSaid Start(double at, string host, int attempt, string task = "1") => new(at, host, WorkerEvents.Started, task, attempt);

    private static HostDown Down(double at, string host) => new(at, host, HostRole.Worker, HostEnd.Killed);
}
