namespace SnapshotTasks;

/// <summary>How pictures are taken, every field as the vendor documents it.</summary>
internal sealed class ThumbnailPara
{
    public string? Type { get; set; }

    public int? Time { get; set; }

    public int? StartTime { get; set; }

    public int? Duration { get; set; }

    public IReadOnlyList<int>? Dots { get; set; }

    public IReadOnlyList<int>? DotsMs { get; set; }

    public int? Percent { get; set; }

    public string? OutputFilename { get; set; }

    public int? Format { get; set; }

    public int? Width { get; set; }

    public int? Height { get; set; }

    public int? MaxLength { get; set; }

    public int? Amount { get; set; }

    public int? Threshold { get; set; }
}
