namespace SnapshotTasks.Tests;

/// <summary>Several sessions on one queue, and what leaves a batch to be done alone.</summary>
public sealed class GroupCommitOfSeveralTests : IAsyncDisposable
{
    private readonly ScriptedSession[] sessions = [new(), new()];
    private readonly ScriptedSession lone = new();
    private readonly GroupCommit commits = new(new StoreSignal(), writers: 2, waiters: 1);
    private readonly ManualResetEventSlim released = new();

    public GroupCommitOfSeveralTests()
    {
        foreach (var session in sessions)
        {
            Start(() => commits.WriteAsync(session));
        }

        Start(() => commits.WriteSkippedAsync(lone));
    }

    public async ValueTask DisposeAsync()
    {
        released.Set();
        await commits.DisposeAsync();
        released.Dispose();
    }

    [Fact]
    public async Task While_one_session_is_busy_another_writes_what_comes()
    {
        var holding = HoldFirst(sessions);
        var first = Call(1);
        await holding;

        (await Call(2)).Should().Be(2);
        first.IsCompleted.Should().BeFalse();
        released.Set();
        (await first).Should().Be(1);
    }

    [Fact]
    public async Task What_leaves_its_batch_is_done_alone_and_holds_up_nobody_of_its_batch()
    {
        Array.ForEach(sessions, session => session.Skips = work => work < 0);
        var holding = HoldFirst(lone);
        var left = Call(-1);
        await holding;

        (await Task.WhenAll(Enumerable.Range(1, 20).Select(Call))).Should().Equal(Enumerable.Range(1, 20));
        left.IsCompleted.Should().BeFalse();
        released.Set();

        (await left).Should().Be(-1);
        lone.Runs.Should().BeEquivalentTo<int[]>([[-1]]);
    }

    [Fact]
    public async Task What_has_to_wait_longer_goes_behind_the_others_who_wait()
    {
        Array.ForEach(sessions, session => session.Skips = _ => true);
        var tries = 0;
        lone.Skips = work => work == 1 && ++tries < 3;

        (await Task.WhenAll(Call(1), Call(2))).Should().Equal(1, 2);

        lone.Runs.Count(run => run is [1]).Should().Be(3);
    }

    [Fact]
    public async Task What_is_lost_by_chance_is_tried_again_as_it_was_and_not_for_ever()
    {
        var failures = 0;
        foreach (var session in sessions)
        {
            session.IsTransient = true;
            session.OnRun = batch =>
            {
                if (batch[0] == 1 ? Interlocked.Increment(ref failures) < 3 : batch[0] == 2)
                {
                    throw new InvalidOperationException("no");
                }
            };
        }

        (await Call(1)).Should().Be(1);
        await FluentActions.Awaiting(() => Call(2)).Should().ThrowAsync<InvalidOperationException>();
        sessions.SelectMany(session => session.Runs).Count(run => run is [2]).Should().Be(3);
    }

    [Fact]
    public async Task Closing_waits_for_all_sessions_and_what_is_still_waiting_then_is_told_that_nothing_was_done()
    {
        Array.ForEach(sessions, session => session.Skips = work => work < 0);
        lone.Skips = _ => true;
        var left = Call(-1);
        (await Call(1)).Should().Be(1);
        while (lone.Runs.Count == 0)
        {
            await Task.Yield();
        }

        await commits.DisposeAsync();

        await FluentActions.Awaiting(() => left).Should().ThrowAsync<StoreUnavailableException>();
        sessions.Append(lone).Should().OnlyContain(session => session.Disposed);
    }

    [Fact]
    public async Task When_one_session_dies_of_a_bug_so_does_the_store_and_nobody_hangs()
    {
        Array.ForEach(sessions, session => session.OnRun = _ => throw new InvalidOperationException("no"));
        Array.ForEach(sessions, session => session.OnRollBack = () => throw new InvalidTimeZoneException("a bug"));

        await FluentActions.Awaiting(() => Call(1)).Should().ThrowAsync<UnknownOutcomeException>().WithMessage("*a bug*");
        await FluentActions.Awaiting(() => Call(2)).Should().ThrowAsync<StoreUnavailableException>().WithMessage("*a bug*");
        await commits.DisposeAsync();
        sessions.Append(lone).Should().OnlyContain(session => session.Disposed);
    }

    /// <summary>The first of these sessions that runs something is held until the test releases it.</summary>
    private Task HoldFirst(params ScriptedSession[] any)
    {
        var holding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var session in any)
        {
            session.OnRun = _ =>
            {
                if (holding.TrySetResult())
                {
                    released.Wait();
                }
            };
        }

        return holding.Task;
    }

    private static void Start(Func<Task> write) => _ = Task.Factory.StartNew(() => write().GetAwaiter().GetResult(), TaskCreationOptions.LongRunning);

    private Task<int> Call(int number) => commits.RunAsync(new Work(number), CancellationToken.None);
}
