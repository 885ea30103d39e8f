namespace SnapshotTasks.Tests;

/// <summary>Tasks that are added as started, and what a request may ask for.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task A_task_that_is_added_as_started_was_never_queued_and_is_taken_over_like_any_other()
    {
        var started = (await Store.AddAsync(new NewTask(Project, Request, new Claim("worker", Lease)))).Task;

        started.State.Should().Be(TaskState.Running);
        started.StartedAt.Should().Be(started.CreatedAt);
        started.Lease.Should().Be(new Lease("worker", 1, started.CreatedAt + Lease));
        (await Row(started.Id)).Should().BeEquivalentTo(started);
        (await Cancel(started.Id)).Answer.Should().Be(CancelAnswer.Refused);
        (await Claim(holder: "another")).Should().BeEmpty();

        Advance(Lease);
        var takenOver = await ClaimOne("another");
        (takenOver.Id, takenOver.Attempt).Should().Be((started.Id, 2));
        (await Complete(started, "late.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Complete(takenOver, "0.jpg")).Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public async Task Everything_that_can_be_asked_for_is_kept()
    {
        var request = new SnapshotRequest(
            new MediaObject("in", "here", "video.mp4", "name"),
            new MediaObject("out", "here", "pictures"),
            Sampling.At(TimeSpan.FromMilliseconds(1990)))
        {
            UserData = "text",
            OutputFileName = "cover",
            Size = new PictureSize(640, 480, 960),
            Black = new BlackFrames(98, 32),
            Archive = true,
        };
        var added = (await Store.AddAsync(new NewTask(Project, request))).Task;

        (await Row(added.Id)).Request.Should().BeEquivalentTo(request);
        (await ClaimOne()).Request.Should().BeEquivalentTo(request);
    }
}
