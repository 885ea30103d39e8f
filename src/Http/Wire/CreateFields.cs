namespace SnapshotTasks;

/// <summary>The fields of a create's body. One more is a line here, a line in <see cref="RequestReading"/> and a property of the request.</summary>
internal static class CreateFields
{
    public static readonly ObjectField Input = new("input", "The video.", "ObsObjInfo", Place.All) { IsRequired = true, Member = "Request.Input" };

    public static readonly ObjectField Output =
        new("output", "The directory for the pictures.", "ObsObjInfo", Place.All) { IsRequired = true, Member = "Request.Output" };

    public static readonly ObjectField ThumbnailPara =
        new("thumbnail_para", "When and how pictures are taken; integers sent with decimals are truncated.", "ThumbnailPara", Para.All) { IsRequired = true, Member = "Request" };

    public static readonly TextField UserData =
        new("user_data", "The caller's own text, given back in queries.", SnapshotRequest.MaxUserDataLength) { Member = "Request.UserData" };

    public static readonly NumberField Tar = new("tar", "0 packs the pictures into a tar, 1 does not.", 0, 1, 1);

    public static readonly NumberField Sync = new("sync", "1 takes the picture now and answers with it.", 0, 1, 0);

    public static readonly NumberField OriginalDir =
        new("original_dir", "0 gives the pictures a directory of their own below the output, 1 uses it as given.", 0, 1, 0);

    public static readonly IReadOnlyList<WireField> All = [Input, Output, ThumbnailPara, UserData, Tar, Sync, OriginalDir];

    /// <summary>A place in a bucket.</summary>
    public static class Place
    {
        public static readonly TextField Bucket =
            new("bucket", "The bucket.", MediaObject.MaxNameLength, "videos") { IsRequired = true, Member = nameof(MediaObject.Bucket) };

        public static readonly TextField Location =
            new("location", "The region, kept as given.", MediaObject.MaxNameLength, "local") { IsRequired = true, Member = nameof(MediaObject.Location) };

        public static readonly TextField Object =
            new("object", $"The path in the bucket, at most {MediaObject.MaxPathBytes} bytes in UTF-8, one slash at its beginning is dropped; a directory for output.", MediaObject.MaxPathBytes, "sample.mp4") { IsRequired = true, Member = nameof(MediaObject.Path) };

        public static readonly TextField FileName = new("file_name", "Kept as given, no effect.", MediaObject.MaxFileNameLength) { Member = nameof(MediaObject.FileName) };

        public static readonly IReadOnlyList<WireField> All = [Bucket, Location, Object, FileName];
    }

    /// <summary>When and how pictures are taken.</summary>
    public static class Para
    {
        public static readonly TextField Type = new("type", "How the times of the pictures are chosen.") { Words = ["TIME", "DOTS", "DOTS_MS"], Member = "Sampling.Kind" };

        public static readonly NumberField Time =
            new("time", "TIME: the interval in seconds.", Sampling.MinInterval, Sampling.MaxInterval, 12) { Member = "Sampling.Interval" };

        public static readonly NumberField StartTime = new("start_time", "TIME: the second of the first picture.", 0, int.MaxValue, 0) { Member = "Sampling.Start" };

        public static readonly NumberField Duration =
            new("duration", "TIME: how many seconds are sampled; 0 is to the end.", 0, int.MaxValue, 0) { Member = "Sampling.Duration", WordForZero = "ToEND" };

        public static readonly NumbersField Dots = new("dots", "DOTS: the seconds.", "A second.", Sampling.MaxPoints) { Member = "Sampling.Points" };

        public static readonly NumbersField DotsMs = new("dots_ms", "DOTS_MS, sync only: the millisecond.", "A millisecond.", 1);

        public static readonly TextField OutputFilename =
            new("output_filename", "The name of the picture, or what the names of several begin with.", SnapshotRequest.MaxOutputFileNameLength) { Member = "OutputFileName" };

        public static readonly NumberField Format = new("format", "1 is JPG.", 1, 1, 1);

        public static readonly NumberField Width =
            new("width", $"{PictureSize.MinSide} to {PictureSize.MaxWidth} pixels, 0 is unset.", 0, PictureSize.MaxWidth, 0) { Member = "Size.Width" };

        public static readonly NumberField Height =
            new("height", $"{PictureSize.MinSide} to {PictureSize.MaxHeight} pixels, 0 is unset.", 0, PictureSize.MaxHeight, 0) { Member = "Size.Height" };

        public static readonly NumberField MaxLength = new(
            "max_length", $"The longest side, {PictureSize.MinMaxLength} to {PictureSize.MaxMaxLength} pixels, 0 is unset.", 0, PictureSize.MaxMaxLength, 0)
        { Member = "Size.MaxLength" };

        /// <summary>What goes with one of <see cref="Amount"/> and <see cref="Threshold"/> when the other is not given.</summary>
        public const int UsualAmount = 98, UsualThreshold = 32;

        public static readonly OptionalNumberField Amount = new(
            "amount", $"A frame of which this percentage of pixels is dark is black, and skipped; {UsualAmount} when only threshold is given.", 0, BlackFrames.MaxAmount)
        { Member = "Black.Amount" };

        public static readonly OptionalNumberField Threshold =
            new("threshold", $"The luminance below which a pixel is dark; {UsualThreshold} when only amount is given.", 0, BlackFrames.MaxThreshold) { Member = "Black.Threshold" };

        public static readonly RetiredField Percent = new("percent", "type TIME with time, or DOTS with dots");

        public static readonly RetiredField AspectRatio = new("aspect_ratio", "width, height or max_length") { ZeroIsUnset = true };

        public static readonly IReadOnlyList<WireField> All =
            [Type, Time, StartTime, Duration, Dots, DotsMs, OutputFilename, Format, Width, Height, MaxLength, Amount, Threshold, Percent, AspectRatio];
    }
}
