namespace SnapshotTasks.Tests;

/// <summary>Who shares a transaction, and who is told what, whatever the database does.</summary>
public sealed class GroupCommitTests : IAsyncLifetime
{
    private readonly ScriptedSession session = new();
    private readonly GroupCommit commits = new(new StoreSignal());
    private readonly TaskCompletionSource holding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim released = new();
    private Task<int> first = null!;

    /// <summary>Number 0 is being run and held there; what follows queues up.</summary>
    public async ValueTask InitializeAsync()
    {
        session.OnRun = batch =>
        {
            if (batch[0] == 0)
            {
                holding.SetResult();
                released.Wait();
            }
        };
        _ = Task.Factory.StartNew(() => commits.WriteAsync(session).GetAwaiter().GetResult(), TaskCreationOptions.LongRunning);
        first = Call(0);
        await holding.Task;
    }

    public async ValueTask DisposeAsync()
    {
        released.Set();
        await commits.DisposeAsync();
        released.Dispose();
    }

    [Fact]
    public async Task Callers_that_queue_up_during_a_transaction_share_the_next_one()
    {
        var calls = Calls(1, 100);
        released.Set();

        (await Task.WhenAll(calls)).Should().Equal(Enumerable.Range(1, 100));
        session.Runs.Should().HaveCount(2);
        session.Runs[1].Should().Equal(Enumerable.Range(1, 100));
    }

    [Fact]
    public async Task Nobody_is_answered_before_the_commit()
    {
        var calls = Calls(1, 10);
        var answered = new List<bool>();
        session.OnCommit = () => answered.Add((session.Runs.Count == 1 ? [first] : calls).Any(call => call.IsCompleted));
        released.Set();

        await Task.WhenAll(calls);

        answered.Should().Equal(false, false);
    }

    [Fact]
    public async Task A_batch_has_a_bound_and_the_rest_goes_into_the_next()
    {
        var calls = Calls(1, GroupCommit.MaxBatch + 1);
        released.Set();

        await Task.WhenAll(calls);

        session.Runs.Select(run => run.Length).Should().Equal(1, GroupCommit.MaxBatch, 1);
    }

    [Fact]
    public async Task A_lost_commit_is_unknown_to_exactly_the_callers_of_its_batch_and_is_not_repeated()
    {
        var calls = Calls(1, GroupCommit.MaxBatch + 10);
        var commit = 0;
        session.OnCommit = () => Throw(++commit == 2);
        released.Set();

        foreach (var lost in calls.Take(GroupCommit.MaxBatch))
        {
            await FluentActions.Awaiting(() => lost).Should().ThrowAsync<UnknownOutcomeException>();
        }

        (await first).Should().Be(0);
        (await Task.WhenAll(calls.Skip(GroupCommit.MaxBatch))).Should().HaveCount(10);
        session.Runs.Should().HaveCount(3);
    }

    [Fact]
    public async Task Work_that_fails_is_found_by_repeating_each_alone()
    {
        var calls = Calls(1, 5);
        session.OnRun = batch => Throw(batch.Any(work => work == 3));
        released.Set();

        await FluentActions.Awaiting(() => calls[2]).Should().ThrowAsync<InvalidOperationException>();
        calls.RemoveAt(2);
        (await Task.WhenAll(calls)).Should().Equal(1, 2, 4, 5);
        session.Runs.Skip(1).Should().BeEquivalentTo<int[]>([[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_commit_that_is_lost_while_repeating_is_unknown_to_its_caller_only()
    {
        var calls = Calls(1, 3);
        session.OnRun = batch => Throw(batch.Count > 1);
        session.OnCommit = () => Throw(session.Runs[^1] is [2]);
        released.Set();

        (await calls[0]).Should().Be(1);
        await FluentActions.Awaiting(() => calls[1]).Should().ThrowAsync<UnknownOutcomeException>();
        (await calls[2]).Should().Be(3);
    }

    [Fact]
    public async Task When_no_transaction_can_begin_the_whole_batch_is_unavailable_at_once()
    {
        var calls = Calls(1, 50);
        session.OnBegin = () => throw new InvalidOperationException("no");
        released.Set();

        foreach (var call in calls)
        {
            await FluentActions.Awaiting(() => call).Should().ThrowAsync<StoreUnavailableException>();
        }

        session.Runs.Should().HaveCount(1);
        session.OnBegin = () => { };
        (await Call(51)).Should().Be(51);
    }

    [Fact]
    public async Task When_the_database_goes_away_while_repeating_the_rest_does_not_wait_for_it_one_by_one()
    {
        var calls = Calls(1, 4);
        var begun = 0;
        session.OnBegin = () => Throw(++begun > 2);
        session.OnRun = batch => Throw(batch.Count > 1);
        released.Set();

        (await calls[0]).Should().Be(1);
        foreach (var call in calls.Skip(1))
        {
            await FluentActions.Awaiting(() => call).Should().ThrowAsync<StoreUnavailableException>();
        }

        begun.Should().Be(3);
    }

    [Fact]
    public async Task Closing_has_everything_written_that_is_queued_and_refuses_what_comes_later()
    {
        var calls = Calls(1, GroupCommit.MaxBatch * 2);
        var closing = commits.DisposeAsync();
        await FluentActions.Awaiting(() => Call(-1)).Should().ThrowAsync<ObjectDisposedException>();
        released.Set();

        await closing;

        session.Disposed.Should().BeTrue();
        calls.Should().OnlyContain(call => call.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Callers_wait_for_a_place_in_the_queue_and_can_leave_meanwhile()
    {
        var queued = Calls(1, GroupCommit.MaxQueued);
        using var stop = new CancellationTokenSource();
        var waiting = Call(GroupCommit.MaxQueued + 1);
        var leaving = commits.RunAsync(new Work(-1), stop.Token);

        await stop.CancelAsync();
        await FluentActions.Awaiting(() => leaving).Should().ThrowAsync<OperationCanceledException>();
        released.Set();

        await Task.WhenAll(queued);
        (await waiting).Should().Be(GroupCommit.MaxQueued + 1);
        session.Runs.SelectMany(run => run).Should().Equal(Enumerable.Range(0, GroupCommit.MaxQueued + 2));
    }

    [Fact]
    public async Task A_caller_that_still_waits_for_a_place_when_the_store_closes_is_told_that_nothing_was_done()
    {
        var queued = Calls(1, GroupCommit.MaxQueued);
        var waiting = Call(-1);
        var closing = commits.DisposeAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<ObjectDisposedException>();
        released.Set();

        await closing;
        queued.Should().OnlyContain(call => call.IsCompletedSuccessfully);
        session.Runs.SelectMany(run => run).Should().NotContain(-1);
    }

    [Fact]
    public async Task When_the_writer_dies_nobody_hangs_and_nobody_is_told_what_is_not_known()
    {
        var batch = Calls(1, GroupCommit.MaxBatch);
        var queued = Calls(GroupCommit.MaxBatch + 1, GroupCommit.MaxQueued - GroupCommit.MaxBatch);
        var waiting = Call(-1);
        session.OnCommit = () => Throw(session.Runs.Count == 2);
        session.OnRollBack = () => throw new InvalidTimeZoneException("a bug");
        released.Set();

        (await first).Should().Be(0);
        foreach (var call in batch)
        {
            await FluentActions.Awaiting(() => call).Should().ThrowAsync<UnknownOutcomeException>().WithMessage("*a bug*");
        }

        foreach (var call in queued.Append(waiting).Append(Call(-2)))
        {
            await FluentActions.Awaiting(() => call).Should().ThrowAsync<StoreUnavailableException>().WithMessage("*a bug*");
        }

        session.Disposed.Should().BeTrue();
    }

    private static void Throw(bool when)
    {
        if (when)
        {
            throw new InvalidOperationException("no");
        }
    }

    private Task<int> Call(int number) => commits.RunAsync(new Work(number), CancellationToken.None);

    private List<Task<int>> Calls(int from, int count) => [.. Enumerable.Range(from, count).Select(Call)];
}
