namespace SnapshotTasks.Tests;

/// <summary>Pictures have the shape, the colours and the lines that a player shows, and are of the track that it shows.</summary>
public sealed class CaptureAppearanceTests(CaptureClips clips) : IDisposable
{
    private const string Bt709 = "-colorspace bt709 -color_primaries bt709 -color_trc bt709";

    // 360 x 288 pixels that are shown as 16:9, the left half red.
    private const string Anamorphic = "color=c=white:s=360x288:r=25:d=1,drawbox=x=0:y=0:w=180:h=288:c=red:t=fill,format=yuv420p,setsar=64/45";

    private static readonly (int Red, int Green, int Blue) Skin = (200, 120, 80);

    private readonly CaptureStudio studio = new();

    public static TheoryData<string, string> Shapes => new()
    {
        { "anamorphic.mp4", $"-f lavfi -i {Anamorphic} -c:v libx264 OUT" },
        { "anamorphic.mkv", $"-f lavfi -i {Anamorphic} -c:v ffv1 OUT" },
        { "anamorphic.mpg", $"-f lavfi -i {Anamorphic} -c:v mpeg2video -aspect 16:9 OUT" },
    };

    public static TheoryData<string, string, int> Colours => new()
    {
        { "709.mp4", $"{Source("zscale=m=709:r=limited,format=yuv420p")} -c:v libx264 -crf 4 {Bt709}", 6 },
        { "709-full.mp4", $"{Source("zscale=m=709:r=full,format=yuv420p")} -c:v libx264 -crf 4 {Bt709} -color_range pc", 6 },
        { "709-ten-bit.mp4", $"{Source("zscale=m=709:r=limited,format=yuv420p10le")} -c:v libx264 -crf 4 {Bt709}", 6 },
        { "709-422.mov", $"{Source("zscale=m=709:r=limited,format=yuv422p10le")} -c:v prores_ks {Bt709}", 8 },
        { "709-untagged-hd.mp4", $"{Source("zscale=m=709:r=limited,format=yuv420p", "1280x720")} -c:v libx264 -crf 4 -preset ultrafast", 6 },
        { "601.mp4", $"{Source("zscale=m=170m:r=limited,format=yuv420p")} -c:v libx264 -crf 4 -colorspace smpte170m", 6 },
        { "601-untagged.mp4", $"{Source("zscale=m=170m:r=limited,format=yuv444p")} -c:v libx264 -crf 4", 6 },
        { "601-full.mp4", $"{Source("zscale=m=470bg:r=full,format=yuv420p")} -c:v libx264 -crf 4 -colorspace bt470bg -color_range pc", 6 },
        { "planar-rgb.mkv", $"{Source("format=gbrp")} -c:v ffv1", 6 },
        { "packed-rgb.mov", $"{Source("format=rgb24")} -c:v qtrle", 6 },
        { "display-p3.mp4", $"{Source("zscale=min=gbr:tin=iec61966-2-1:pin=709:rin=full:t=709:p=smpte432:m=709:r=limited,format=yuv420p10le")} -c:v libx265 -x265-params log-level=0 -crf 5 -colorspace bt709 -color_primaries smpte432 -color_trc bt709", 12 },
        { "pq.mp4", $"{Source("zscale=min=gbr:tin=iec61966-2-1:pin=709:rin=full:t=smpte2084:p=2020:m=2020_ncl:r=limited:npl=203,format=yuv420p10le")} -c:v libx265 -x265-params log-level=0 -crf 6 -colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084", 30 },
        { "hlg.mp4", $"{Source("zscale=min=gbr:tin=iec61966-2-1:pin=709:rin=full:t=arib-std-b67:p=2020:m=2020_ncl:r=limited:npl=203,format=yuv420p10le")} -c:v libx265 -x265-params log-level=0 -crf 6 -colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67", 45 },
    };

    public static TheoryData<string, string> Transparent => new()
    {
        { "alpha.mov", $"{HalfTransparent("argb")} -c:v qtrle" },
        { "alpha.mkv", $"{HalfTransparent("bgra")} -c:v ffv1" },
        { "alpha-in-yuv.mov", $"{HalfTransparent("yuva444p10le")} -c:v prores_ks -profile:v 4 -alpha_bits 16" },
        { "alpha.webm", $"{HalfTransparent("yuva420p")} -c:v libvpx-vp9 -b:v 1M -cpu-used 8" },
    };

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Shapes))]
    public async Task Pixels_that_are_not_square_are_shown_in_their_shape_with_every_size_asked_for(string name, string command)
    {
        studio.With(clips.Made(name, command));
        (await SizeAsync(null)).Should().Be((512, 288));
        (await SizeAsync(new(Width: 256))).Should().Be((256, 144));
        (await SizeAsync(new(Height: 144))).Should().Be((256, 144));
        (await SizeAsync(new(MaxLength: 256))).Should().Be((256, 144));
        (await SizeAsync(new(200, 200))).Should().Be((200, 200));
    }

    [Fact]
    public async Task Pixels_that_are_not_square_are_turned_with_their_video()
    {
        studio.With(clips.Made("anamorphic-turned.mp4", $"-f lavfi -i {Anamorphic} -c:v libx264 PART.mp4", "-i PART.mp4 -c copy -metadata:s:v rotate=90 OUT"));
        (await SizeAsync(null)).Should().Be((288, 512));
    }

    [Theory, MemberData(nameof(Colours))]
    public async Task Colours_are_those_that_went_in(string name, string command, int tolerance)
    {
        var picture = await TakeAsync(clips.Made(name, $"{command} OUT"));
        var (red, green, blue) = CaptureClips.ColourOf(picture);
        red.Should().BeCloseTo(Skin.Red, (uint)tolerance);
        green.Should().BeCloseTo(Skin.Green, (uint)tolerance);
        blue.Should().BeCloseTo(Skin.Blue, (uint)tolerance);
    }

    [Theory, MemberData(nameof(Transparent))]
    public async Task What_is_transparent_lies_on_black(string name, string command)
    {
        var picture = await TakeAsync(clips.Made(name, $"{command} OUT"));
        CaptureClips.ColourOf(picture, 0.2).Red.Should().BeGreaterThan(200);
        var (red, green, blue) = CaptureClips.ColourOf(picture, 0.8);
        Math.Max(red, Math.Max(green, blue)).Should().BeLessThan(12);
    }

    [Fact]
    public async Task Interlaced_lines_show_no_comb_and_progressive_ones_that_are_said_to_be_interlaced_are_not_touched()
    {
        const string Bar = "color=c=black:s=320x240:r=50:d=2,format=gray,geq=lum='if(between(X,mod(N*6,280),mod(N*6,280)+40),235,16)',format=yuv420p";
        const string Encoder = "-c:v libx264 -crf 4 -flags +ildct+ilme -x264opts tff=1";
        var interlaced = await TakeAsync(clips.Made("interlaced.mp4", $"-f lavfi -i {Bar},tinterlace=interleave_top,fieldorder=tff {Encoder} OUT"));
        CaptureClips.CombsIn(interlaced, 320, 240).Should().BeLessThan(20);

        // Lines of one pixel, which deinterlacing would smear.
        const string Lines = "color=c=black:s=320x240:r=25:d=2,format=gray,geq=lum='if(mod(floor(Y/4)+N,2),235,16)',format=yuv420p";
        var progressive = clips.Made("progressive-with-a-flag.mp4", $"-f lavfi -i {Lines} {Encoder} OUT");
        var plain = clips.Made("progressive.mp4", $"-f lavfi -i {Lines} -c:v libx264 -crf 4 OUT");
        var (flagged, honest) = (CaptureClips.ColourOf(await TakeAsync(progressive), 0.5, 0.5), CaptureClips.ColourOf(await TakeAsync(plain), 0.5, 0.5));
        flagged.Red.Should().BeCloseTo(honest.Red, 12);
    }

    [Fact]
    public async Task The_default_track_that_can_be_decoded_and_is_no_cover_is_shown()
    {
        string[] two = [$"-f lavfi -i {CaptureClips.Bars("25", 4)} -c:v libx264 PART1.mp4", $"-f lavfi -i {CaptureClips.Bars("25", 4, "640x360", 2000)} -c:v libx264 PART2.mp4"];
        const string Both = "-i PART1.mp4 -i PART2.mp4 -map 0 -map 1 -c copy";
        (await NumberAsync(clips.Made("default.mkv", [.. two, $"{Both} -disposition:v:0 0 -disposition:v:1 default OUT"]))).Should().Be(2025);
        (await NumberAsync(clips.Made("default.mp4", [.. two, $"{Both} -disposition:v:0 0 -disposition:v:1 default OUT"]))).Should().Be(2025);
        (await NumberAsync(clips.Made(
            "cover-first.mkv", [two[1], "-f lavfi -i color=red:s=200x200:d=1 -frames:v 1 PART.jpg", "-i PART.jpg -i PART2.mp4 -map 0 -map 1 -c copy OUT"]))).Should().Be(2025);
        (await NumberAsync(FirstUnknown(clips.Made("two.mp4", [.. two, $"{Both} OUT"])))).Should().Be(2025);
    }

    [Fact]
    public async Task An_encrypted_video_is_called_encrypted()
    {
        studio.With(clips.Made(
            "encrypted.mp4",
            $"-f lavfi -i {CaptureClips.Bars("25", 4)} -c:v libx264 -encryption_scheme cenc-aes-ctr -encryption_key 0123456789abcdef0123456789abcdef -encryption_kid fedcba9876543210fedcba9876543210 OUT"));
        (await studio.TakeAsync(CaptureStudio.At(1))).Failure!.Reason.Should().Be("The video is encrypted.");
    }

    private static string Source(string filters, string size = "320x96") => $"-f lavfi -i color=0xC87850:s={size}:r=25:d=0.6,format=gbrp,{filters}";

    // The left half is red, below the right one hides magenta.
    private static string HalfTransparent(string format) =>
        $"-f lavfi -i color=0xE61E1E:s=320x96:r=25:d=0.6,format=rgba,geq=r='if(lt(X,160),230,255)':g='if(lt(X,160),30,0)':b='if(lt(X,160),30,255)':a='if(lt(X,160),255,0)',format={format}";

    private static string FirstUnknown(string path)
    {
        var bytes = File.ReadAllBytes(path);
        "qqqq"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().LastIndexOf("stsd"u8) is var last ? bytes.AsSpan(0, last).LastIndexOf("avc1"u8) : 0));
        File.WriteAllBytes($"{path}.unknown.mp4", bytes);
        return $"{path}.unknown.mp4";
    }

    private async Task<int> NumberAsync(string clip) => CaptureClips.NumbersShownBy([await TakeAsync(clip, 1)])[0];

    private async Task<string> TakeAsync(string clip, double point = 0.4)
    {
        File.Copy(clip, studio.PathOf("video.mp4"), overwrite: true);
        var result = await studio.TakeAsync(CaptureStudio.At(point));
        result.Failure.Should().BeNull();
        return studio.PathOf($"out/{result.Pictures.Single()}");
    }

    private async Task<(int Width, int Height)?> SizeAsync(PictureSize? size)
    {
        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0.4)) with { Size = size });
        result.Failure.Should().BeNull();
        return JpegFile.SizeOf(await File.ReadAllBytesAsync(studio.PathOf($"out/{result.Pictures.Single()}"), TestContext.Current.CancellationToken));
    }
}
