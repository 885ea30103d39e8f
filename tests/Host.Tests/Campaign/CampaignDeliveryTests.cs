using SnapshotTasks.Campaign;
using static SnapshotTasks.Tests.RecordedRun;

namespace SnapshotTasks.Tests;

/// <summary>What the checker of the campaign finds of events and their deliveries.</summary>
public sealed class CampaignDeliveryTests
{
    [Fact]
    public void What_was_received_twice_is_counted_and_no_finding()
    {
        Falsified(_ => { }).Should().BeEmpty();
        DeliveryChecks.CountRepeated(Honest().Entries).Should().Be(1);
    }

    [Fact]
    public void What_was_never_received_is_found() =>
        Falsified(run => run.Entries.RemoveAll(entry => entry is Received { Task: "2", Version: 2 })).Should().Equal(Broken.NotDelivered);

    [Fact]
    public void An_end_that_no_event_tells_of_is_found() => Falsified(run =>
    {
        run.Events.RemoveAll(row => row is { Task: "2", Version: 2 });
        run.Entries.RemoveAll(entry => entry is Received { Task: "2", Version: 2 });
    }).Should().Equal(Broken.NotDelivered);

    [Theory]
    [InlineData("1", 3, "task.completed")]
    [InlineData("1", 2, "task.cancelled")]
    [InlineData("99", 1, "task.queued")]
    public void What_was_received_and_has_not_happened_is_found(string task, long version, string what) =>
        Falsified(run => run.Add(at => new Received(at, task, version, what))).Should().Equal(Broken.Phantom);

    [Fact]
    public void What_was_received_before_an_earlier_event_of_its_task_is_found() =>
        Falsified(run => run.Entries.Insert(0, new Received(-1, "1", 2, "task.completed"))).Should().Equal(Broken.OutOfOrder);
}
