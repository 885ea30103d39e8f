using System.Text.Json;

namespace SnapshotTasks;

/// <summary>What ffprobe says of a file and of its first pictures.</summary>
internal sealed class Description : IDisposable
{
    // Looked for in the packets and frames that are read first.
    private const string Encryption = "Encryption info";

    // Of these a track may have a single picture that is a cover.
    private static readonly string[] StillCodecs = ["mjpeg", "png", "bmp", "gif", "webp", "tiff"];

    private readonly JsonDocument document;
    private readonly MediaInput input;
    private readonly bool sparse;
    private readonly List<JsonElement> tracks;
    private readonly ILookup<int, JsonElement> packets;
    private readonly ILookup<int, JsonElement> frames;

    public Description(MediaInput input, string json, bool sparse)
    {
        (this.input, this.sparse) = (input, sparse);
        document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        tracks = [.. document.RootElement.List("streams").Where(track => track.Text("codec_type") == "video" && !IsFlagged(track, "attached_pic"))];
        var read = document.RootElement.List("packets_and_frames").ToLookup(entry => entry.Text("type") ?? "");
        packets = read["packet"].ToLookup(entry => entry.Number("stream_index"));
        frames = read["frame"].ToLookup(entry => entry.Number("stream_index"));
    }

    /// <summary>What ffprobe is to show.</summary>
    public static string Entries { get; } = string.Join(
        ':',
        "format=format_name,start_time,duration",
        $"stream=index,codec_type,codec_name,width,height,has_b_frames,field_order,start_time,duration,avg_frame_rate,{Looks}",
        "stream_disposition=default,attached_pic",
        "stream_side_data=rotation",
        "stream_tags=alpha_mode",
        "packet=stream_index",
        "packet_side_data=side_data_type",
        $"frame=stream_index,best_effort_timestamp_time,width,height,interlaced_frame,{Looks}",
        "frame_side_data=rotation");

    private const string Looks = "pix_fmt,sample_aspect_ratio,color_range,color_space,color_transfer,color_primaries";

    /// <summary>Whether a longer look may find more: there is a track, or none yet, of which no picture was seen.</summary>
    public bool IsIncomplete => !tracks.Any(track => IsDecodable(track) && frames[track.Number("index")].Any());

    /// <summary>The video that a player shows.</summary>
    /// <exception cref="CaptureFailedException">There is none.</exception>
    public Video Choose()
    {
        var format = document.RootElement.TryGetProperty("format", out var found) ? found : default;
        if (tracks.Count == 0 || format.ValueKind == JsonValueKind.Undefined)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input has no video stream.");
        }

        var decodable = tracks.Where(IsDecodable).ToList();
        if (decodable.Count == 0)
        {
            throw new CaptureFailedException(
                FailureCode.InvalidCodec,
                tracks.Exists(track => track.Text("codec_name") is not null)
                    ? $"The video cannot be decoded: its frames have no size, or more than {Video.MaxPixels / 1_000_000} million pixels."
                    : "The video cannot be decoded: its codec is not known.");
        }

        var films = decodable.Where(track => !IsCover(track)).ToList();
        var track = (films.Count > 0 ? films : decodable)
            .OrderByDescending(track => frames[track.Number("index")].Any()).ThenByDescending(track => IsFlagged(track, "default")).First();
        return Describe(track, format);
    }

    public void Dispose() => document.Dispose();

    private static bool IsFlagged(JsonElement track, string flag) =>
        track.TryGetProperty("disposition", out var disposition) && disposition.Number(flag) == 1;

    private static bool IsDecodable(JsonElement track) =>
        track.Text("codec_name") is not null && track.Number("width") > 0 && track.Number("height") > 0;

    private bool IsCover(JsonElement track) =>
        tracks.Count > 1 && StillCodecs.Contains(track.Text("codec_name")) && packets[track.Number("index")].Count() < 2;

    private Video Describe(JsonElement track, JsonElement format)
    {
        var index = track.Number("index");
        if (packets[index].Any(packet => packet.List("side_data_list").Any(data => data.Text("side_data_type") == Encryption)))
        {
            // A decoder may make something of what it cannot read.
            throw new CaptureFailedException(FailureCode.InvalidCodec, "The video is encrypted.");
        }

        var frame = frames[index].FirstOrDefault();
        if (frame.ValueKind == JsonValueKind.Undefined)
        {
            throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
        }

        var stored = (frame.Number("width"), frame.Number("height"));
        var container = Container.Named(format.Text("format_name") ?? "");
        var first = frames[index].Select(it => it.Microseconds("best_effort_timestamp_time")).Min() ?? 0;
        var start = track.Microseconds("start_time");
        var codec = track.Text("codec_name")!;
        var decoder = track.TryGetProperty("tags", out var tags) && tags.Text("alpha_mode") == "1" ? codec switch { "vp8" => "libvpx", "vp9" => "libvpx-vp9", _ => null } : null;
        var colours = Colours.Read(frame, track);
        return new()
        {
            Input = input,
            Container = container,
            Track = index,
            Codec = codec,
            Stored = stored,
            Shown = PictureShape.Shown(stored, frame.Fraction("sample_aspect_ratio") ?? track.Fraction("sample_aspect_ratio"), IsTurned(frame) || IsTurned(track)),
            // The usual decoder, which has described it, leaves out what can be seen through.
            Colours = decoder is null ? colours : colours with { Pixels = "yuva420p" },
            IsInterlaced = frames[index].Any(it => it.Number("interlaced_frame") == 1) || track.Text("field_order") is "tt" or "bb" or "tb" or "bt",
            Reorders = tracks.Exists(it => it.Number("has_b_frames") > 0),
            First = first,
            Origin = container.StartsWithPicture ? first : Math.Min(first, Math.Max(0, format.Microseconds("start_time") ?? 0)),
            StatedEnd = start + track.Microseconds("duration") ?? (format.Microseconds("start_time") ?? 0) + format.Microseconds("duration"),
            Distance = DistanceOf(track),
            Decoder = decoder,
            IsSparse = sparse,
        };
    }

    private static long DistanceOf(JsonElement track) =>
        track.Fraction("avg_frame_rate") is var (pictures, seconds) && seconds * Clock.Second / pictures is var distance and >= 1000 ? distance : 40_000;

    private static bool IsTurned(JsonElement element) => element.List("side_data_list").Any(data =>
        data.TryGetProperty("rotation", out var rotation) && rotation.TryGetDouble(out var degrees) && Math.Abs(Math.Abs(degrees % 180) - 90) < 1);
}
