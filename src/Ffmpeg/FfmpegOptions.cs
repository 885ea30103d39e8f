namespace SnapshotTasks;

/// <summary>Where the capture with ffmpeg finds videos and puts pictures.</summary>
public sealed class FfmpegOptions
{
    /// <summary>The folder that has the buckets, as folders.</summary>
    public string MediaRoot { get; set; } = "media";

    /// <summary>Where in the media root the buckets are; kept in it at the first start, and the same ever after.</summary>
    public BucketLayout Layout { get; set; }
}

/// <summary>Where in a media root the buckets are.</summary>
public enum BucketLayout
{
    /// <summary>Directly below it: a bucket is the same for every project.</summary>
    Shared,

    /// <summary>Below a folder for each project, named by its id: buckets of different projects never meet.</summary>
    PerProject,
}
