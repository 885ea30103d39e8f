namespace SnapshotTasks;

/// <summary>Where the capture with ffmpeg finds videos and puts pictures.</summary>
public sealed class FfmpegOptions
{
    /// <summary>The folder whose subfolders are the buckets.</summary>
    public string MediaRoot { get; set; } = "media";
}
