namespace SnapshotTasks.Tests;

/// <summary>What the tests of one store submit, where it does not matter what that is.</summary>
internal static class Sample
{
    public static readonly ProjectId Project = new("project");

    public static readonly SnapshotRequest Request = new(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)));

    public static readonly NewTask AnyTask = new(Project, Request);
}
