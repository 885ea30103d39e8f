namespace SnapshotTasks.Tests;

/// <summary>What waits and what runs.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task An_empty_store_has_nothing_that_waits_or_runs() =>
        (await Store.MeasureAsync(100)).Should().BeEquivalentTo(new QueueMeasure(0, 0, 0, 0, null, null, Pauses.None));

    [Fact]
    public async Task What_waits_and_what_runs_is_counted_over_all_projects_and_what_has_ended_is_not()
    {
        await Reach(TaskState.Completed);
        await Reach(TaskState.Cancelled);
        await Reach(TaskState.Running);
        await Submit();
        await Store.AddAsync(new NewTask(Another, Request));

        var measured = await Store.MeasureAsync(100);

        (measured.Queued, measured.Running, measured.Expired).Should().Be((2, 1, 0));
        measured.ExpiredFor.Should().BeNull();
    }

    [Fact]
    public async Task The_head_of_the_queue_says_how_long_it_has_been_there()
    {
        await Submit();
        Advance(TimeSpan.FromSeconds(5));
        await Submit();
        Advance(TimeSpan.FromSeconds(2));
        var before = (await Store.MeasureAsync(100)).QueuedFor!.Value;

        await ClaimOne();
        var after = (await Store.MeasureAsync(100)).QueuedFor!.Value;

        before.Should().BeCloseTo(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(1));
        after.Should().BeCloseTo(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_lease_that_has_expired_is_counted_until_somebody_takes_over()
    {
        await Submit();
        await Submit();
        var first = await ClaimOne();
        Advance(TimeSpan.FromSeconds(10));
        var second = await ClaimOne();
        Advance(Lease - TimeSpan.FromSeconds(5));
        var one = await Store.MeasureAsync(100);
        await Release(second);
        Advance(TimeSpan.FromSeconds(1));

        var both = await Store.MeasureAsync(100);
        await Claim(2);
        var none = await Store.MeasureAsync(100);

        (one.Running, one.Expired).Should().Be((2, 1), "a lease that still holds is no trouble");
        one.ExpiredFor!.Value.Should().BeCloseTo(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        (both.Running, both.Expired).Should().Be((2, 2));
        both.ExpiredFor!.Value.Should().BeCloseTo(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(1), "the one that expired first is the older trouble");
        (none.Running, none.Expired, none.ExpiredFor).Should().Be((2, 0, null));
        first.Id.Should().NotBe(second.Id);
    }

    [Fact]
    public async Task The_oldest_of_each_priority_is_known_and_the_oldest_that_is_not_paused()
    {
        (await Store.MeasureAsync(9)).QueuedForByPriority.Should().BeEmpty();
        await AddAsync(Project, TaskPriority.Low, 1);
        Advance(TimeSpan.FromMinutes(1));
        await AddAsync(Project, TaskPriority.High, 2);
        Advance(TimeSpan.FromMinutes(1));
        await AddAsync(Another, TaskPriority.High, 1);
        Advance(TimeSpan.FromMinutes(1));

        var all = await Store.MeasureAsync(9);
        await Store.DecideAsync(PauseDecision.Pause(Project, "ann", "too loud"));
        var some = await Store.MeasureAsync(9);
        await Store.DecideAsync(PauseDecision.Pause(null, "ann", "maintenance"));
        var none = await Store.MeasureAsync(9);

        string Minutes(QueueMeasure measure) => string.Join(' ', measure.QueuedForByPriority.OrderBy(each => each.Key).Select(each => $"{each.Key} {each.Value.TotalMinutes:0}"));
        Minutes(all).Should().Be("High 2 Low 3").And.Be(Minutes(some)).And.Be(Minutes(none));
        double? Ready(QueueMeasure measure) => measure.ReadyFor is { } ready ? Math.Round(ready.TotalMinutes) : null;
        (Ready(all), Ready(some), Ready(none)).Should().Be((3, 1, null));
    }

    [Fact]
    public async Task More_than_the_limit_is_not_counted()
    {
        for (var i = 0; i < 8; i++)
        {
            await Submit();
        }

        await Claim(4);
        Advance(Lease);

        var measured = await Store.MeasureAsync(3);

        (measured.Queued, measured.Running, measured.Expired).Should().Be((3, 3, 3));
    }
}
