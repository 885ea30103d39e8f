namespace SnapshotTasks;

/// <summary>How the pictures of a task look.</summary>
/// <param name="Width">Their width.</param>
/// <param name="Height">Their height.</param>
/// <param name="Black">Which frames are skipped as black.</param>
internal sealed record PictureLook(int Width, int Height, BlackFrames? Black);
