using System.Data.Common;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>What a worker does when, with a clock that only the tests advance.</summary>
public sealed class WorkerClockTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly WireClock clock = new();
    private readonly PatientCapture capture = new();
    private readonly InMemoryTaskStore rows;

    public WorkerClockTests() => rows = new(clock);

    [Fact]
    public async Task Leases_are_renewed_before_a_third_has_passed_but_not_all_at_once()
    {
        const int tasks = 20;
        await using var host = await StartAsync(rows, tasks);
        for (var i = 0; i < tasks; i++)
        {
            await SubmitAsync(rows);
        }

        await UntilAsync(() => capture.Running == tasks && Between(Lease / 4, Lease / 3).Count >= tasks, "the renewals to be planned");
        Between(Lease / 4, Lease / 3).Distinct().Should().HaveCountGreaterThan(tasks / 4);

        clock.Advance(Lease / 3);

        await UntilAsync(
            async () => (await rows.ListAsync(new(Project), 0, tasks)).All(task => task.Lease!.ExpiresAt == clock.GetUtcNow() + Lease), () => "the renewals");
        capture.End();
    }

    [Fact]
    public async Task The_store_is_asked_for_work_at_least_every_poll_but_not_by_all_workers_at_once()
    {
        await using var host = await StartAsync(rows);
        for (var asked = 1; asked <= 20; asked++)
        {
            await UntilAsync(() => Between(Poll * 0.75, Poll).Count == asked, "the next wait");
            clock.Advance(Poll);
        }

        Between(Poll * 0.75, Poll).Distinct().Should().HaveCountGreaterThan(5);
    }

    [Fact]
    public async Task A_store_that_is_gone_is_asked_ever_less_often_but_at_least_every_5_seconds_and_work_goes_on_when_it_is_back()
    {
        var gone = true;
        var store = new CutOffStore(rows) { OnClaim = () => gone ? new StoreUnavailableException("It restarts.") : null };
        await using var host = await StartAsync(store);
        var id = await SubmitAsync(rows);

        var waited = 0;
        foreach (var bound in new[] { 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5 }.Select(TimeSpan.FromSeconds))
        {
            waited++;
            await UntilAsync(() => Retries.Count == waited, "the next wait");
            Retries[^1].Should().BeGreaterThanOrEqualTo(bound * 0.75).And.BeLessThanOrEqualTo(bound);
            store.Claims.Should().Be(waited);
            clock.Advance(bound);
        }

        gone = false;
        await UntilAsync(() => Retries.Count > waited || capture.Running == 1, "the next claim");
        clock.Advance(LongestRetry);
        await UntilAsync(() => capture.Running == 1, "the run");
        capture.End();
        await UntilAsync(rows, id, task => task.Pictures is not null);
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_written_is_tried_again_without_renewing_until_another_takes_over()
    {
        var store = new NoOutcomeStore(rows);
        await using var host = await StartAsync(store);
        var id = await SubmitAsync(rows);
        var lease = (await UntilAsync(rows, id, task => task.Lease is not null)).Lease!;
        await UntilAsync(() => capture.Running == 1, "the run");
        capture.End();

        var tries = 0;
        while (clock.GetUtcNow() < lease.ExpiresAt - LongestRetry)
        {
            tries++;
            await UntilAsync(() => Retries.Count == tries, "the next wait");
            store.Outcomes.Should().Be(tries);
            (await GetAsync(rows, id)).Lease.Should().Be(lease);
            clock.Advance(LongestRetry);
        }

        await UntilAsync(() => Retries.Count == tries + 1, "the last wait");
        store.Renewals.Should().Be(0);
        clock.Advance(lease.ExpiresAt - clock.GetUtcNow());
        await UntilAsync(rows, id, task => task.Attempt == 2);
        store.IsFull = false;
        await UntilAsync(rows, id, task =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100)); // Until the second attempt has come to its next try.
            return task.Pictures is not null;
        });
        host.Log.Should().ContainSingle(line => line.StartsWith("Error: The outcome of task 1 of project project was not recorded"));
    }

    [Fact]
    public async Task A_claim_whose_answer_comes_when_its_lease_is_over_records_nothing_and_the_task_is_taken_over()
    {
        var store = new SlowClaimStore(rows);
        await using var host = await StartAsync(store);
        var id = await SubmitAsync(rows);
        await UntilAsync(rows, id, task => task.Lease is not null);

        clock.Advance(Lease);
        store.Answer.SetResult();

        await UntilAsync(() => host.Counters.LeasesLost == 1, "the loss");
        capture.End();
        (await UntilAsync(rows, id, task => task.Pictures is not null)).Attempt.Should().Be(2);
    }

    private List<TimeSpan> Retries => Between(TimeSpan.FromMilliseconds(75), LongestRetry);

    private List<TimeSpan> Between(TimeSpan from, TimeSpan to) => [.. clock.Waits.Where(wait => wait >= from && wait <= to)];

    private Task<WorkerHost> StartAsync(ITaskStore store, int slots = 1) => WorkerHost.StartAsync(
        store, capture, options => (options.Concurrency, options.Lease, options.Poll) = (slots, Lease, Poll), clock);

    /// <summary>A real store that keeps no outcome as long as it is full, and counts what it is asked for.</summary>
    private sealed class NoOutcomeStore(ITaskStore store) : PassingStore(store)
    {
        private int outcomes;
        private int renewals;

        public bool IsFull { get; set; } = true;

        public int Outcomes => outcomes;

        public int Renewals => renewals;

        public override Task<Decision<TAnswer>> DecideAsync<TAnswer>(
            TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref decision is TaskDecision<CompleteAnswer> ? ref outcomes : ref renewals);
            return IsFull && decision is TaskDecision<CompleteAnswer>
                ? throw new StoreUnavailableException("The disk is full.")
                : base.DecideAsync(decision, transaction, cancellationToken);
        }
    }

    /// <summary>A real store whose first claim that claims something answers when a test says so.</summary>
    private sealed class SlowClaimStore(ITaskStore store) : PassingStore(store)
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
        {
            var claimed = await base.ClaimAsync(claim, cancellationToken);
            if (claimed.Count > 0)
            {
                await Answer.Task;
            }

            return claimed;
        }
    }
}
