namespace SnapshotTasks.Tests;

/// <summary>Failures that are not the video's: some pass, and some are this machine's.</summary>
public sealed class CapturePassingTests(CaptureClips clips) : IDisposable
{
    private readonly CaptureStudio studio = new();

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task A_bucket_that_is_away_may_come_back_and_a_file_may_not()
    {
        studio.With(clips.CountingMp4);
        var request = CaptureStudio.Request(CaptureStudio.At(0));

        var away = await studio.TakeAsync(request with { Input = request.Input with { Bucket = "elsewhere" } });

        (away.MayPass, away.Failure).Should().Be((true, new Failure(FailureCode.InputNotFound, "The input's bucket does not exist.")));
        (await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0), input: "nothing.mp4"))).MayPass.Should().BeFalse();
    }

    [Fact]
    public async Task A_media_root_that_is_not_there_is_no_task_s_fault()
    {
        studio.With(clips.CountingMp4);
        (await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0)))).Failure.Should().BeNull();
        File.Delete(Path.Combine(studio.Root, ".snapshots-layout"));

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0)));

        result.Obstacle.Should().Contain("is not there, or was replaced");
    }
}
