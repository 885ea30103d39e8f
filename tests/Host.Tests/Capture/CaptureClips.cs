using System.Collections.Concurrent;
using System.Diagnostics;
using SnapshotTasks.Tests;

[assembly: AssemblyFixture(typeof(CaptureClips))]

namespace SnapshotTasks.Tests;

/// <summary>Small real videos, each made by ffmpeg when a test first asks for it and kept for the run.</summary>
public sealed class CaptureClips : IDisposable
{
    // Frame n of the counting clips, at n/10 s, is a plain grey of this level: what a picture shows can be read back.
    private const string Counting = "color=black:s=64x48:r=10:d=6,format=gray,geq=lum='16+3*N',format=yuv420p";

    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-clips-").FullName;
    private readonly ConcurrentDictionary<string, Lazy<string>> clips = new();

    /// <summary>Ten frames a second for six seconds, a key frame every 25.</summary>
    public string CountingMp4 => Made("counting.mp4", path => Ffmpeg($"-f lavfi -i {Counting} -c:v libx264 -crf 4 -g 25 -bf 2 -movflags +faststart {path}"));

    public string CountingMkv => Made("counting.mkv", path => Ffmpeg($"-i {CountingMp4} -c copy {path}"));

    public string CountingTs => Made("counting.ts", path => Ffmpeg($"-i {CountingMp4} -c copy {path}"));

    /// <summary>As a browser records it: written to a pipe, so that its length is not in the header.</summary>
    public string WithoutLength => Made("streamed.mkv", path => Shell($"ffmpeg -v error -i {CountingMp4} -c copy -f matroska pipe:1 > {path}"));

    /// <summary>A slide show: the frames 0, 25 and 50 of the counting clip at 0, 2.5 and 5 s.</summary>
    public string Slides => Made("slides.mp4", path => Ffmpeg(
        $"-f lavfi -i {Counting},select='not(mod(n\\,25))' -fps_mode vfr -c:v libx264 -crf 4 -bf 0 {path}"));

    /// <summary>The counting clip, black in the first second of every two and in the last half second.</summary>
    public string Blinking => Made("blinking.mp4", path => Ffmpeg(
        $"-f lavfi -i {Counting.Replace("16+3*N", "if(lt(mod(N\\,20)\\,10)+gte(N\\,55)\\,16\\,16+3*N)", StringComparison.Ordinal)} -c:v libx264 -crf 4 -g 25 -bf 2 {path}"));

    /// <summary>The left half is black for two seconds, then nothing is.</summary>
    public string HalfBlack => Made("half.mp4", path => Ffmpeg(
        $"-f lavfi -i {Counting.Replace("16+3*N", "if(lt(X\\,32)*lt(N\\,20)\\,16\\,235)", StringComparison.Ordinal)} -c:v libx264 -crf 4 {path}"));

    /// <summary>A hundred times as high as wide.</summary>
    public string Tower => Made("tower.mkv", path => Ffmpeg($"-f lavfi -i color=s=16x1600:d=1 -c:v mjpeg {path}"));

    /// <summary>To be shown turned by a quarter.</summary>
    public string Turned => Made("turned.mp4", path => Ffmpeg($"-i {CountingMp4} -c copy -metadata:s:v rotate=90 {path}"));

    /// <summary>Three seconds of 64 x 48 pixels, then three of 96 x 64.</summary>
    public string ChangingSize => Made("changing.ts", path =>
    {
        Ffmpeg($"-t 3 -i {CountingMp4} -c:v libx264 -crf 4 -g 10 {path}.1.ts");
        Ffmpeg($"-ss 3 -i {CountingMp4} -vf scale=96:64 -c:v libx264 -crf 4 -g 10 -output_ts_offset 3 {path}.2.ts");
        Shell($"cat {path}.1.ts {path}.2.ts > {path}");
    });

    public string SoundOnly => Made("sound.mp4", path => Ffmpeg($"-f lavfi -i sine=d=1 {path}"));

    public string SoundWithCover => Made("cover.mp4", path => Ffmpeg(
        $"-f lavfi -i sine=d=1 -f lavfi -i color=s=64x48:d=1 -map 0 -map 1 -frames:v 1 -c:v mjpeg -disposition:v attached_pic {path}"));

    /// <summary>Cut off in the middle, with a header that knows of all six seconds.</summary>
    public string CutOff => Made("cut.mp4", path =>
    {
        Ffmpeg($"-f lavfi -i testsrc=s=160x120:r=10:d=6 -c:v libx264 -g 10 -movflags +faststart {path}.mp4");
        var whole = File.ReadAllBytes($"{path}.mp4");
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
    });

    /// <summary>A little file whose header asks for frames of 65,535 x 65,535 pixels.</summary>
    public string Bomb => Made("bomb.gif", path =>
    {
        Ffmpeg($"-f lavfi -i color=s=64x48:d=1 {path}.gif");
        var bytes = File.ReadAllBytes($"{path}.gif");
        bytes.AsSpan(6, 4).Fill(0xFF);
        File.WriteAllBytes(path, bytes);
    });

    public string Still => Made("still.jpg", path => Ffmpeg($"-i {CountingMp4} -frames:v 1 {path}"));

    /// <summary>One honest frame of 108 million pixels.</summary>
    public string Huge => Made("huge.mkv", path => Ffmpeg($"-f lavfi -i color=s=12000x9000 -frames:v 1 -c:v mjpeg {path}"));

    /// <summary>A codec that nobody has.</summary>
    public string UnknownCodec => Made("codec.mkv", path =>
    {
        var bytes = File.ReadAllBytes(CountingMkv);
        "V_XXXX"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("V_MPEG"u8)));
        File.WriteAllBytes(path, bytes);
    });

    /// <summary>An hour and more without a clock or an index, which takes ffmpeg many seconds to read through.</summary>
    public string Lasting => Made("long.h264", path =>
    {
        Ffmpeg($"-f lavfi -i testsrc=s=320x240:r=25:d=2 -c:v libx264 -preset ultrafast -crf 40 {path}.mp4");
        Ffmpeg($"-stream_loop 3000 -i {path}.mp4 -c copy -f h264 {path}");
    });

    /// <summary>A source whose frames carry their number in twelve vertical bars, bit 0 at the left, white is 1.</summary>
    public static string Bars(string rate, int seconds, string size = "160x128", int first = 0) =>
        $"color=c=black:s=24x2:r={rate}:d={seconds},format=gray,geq=lum='if(mod(floor((N+{first})/pow(2,floor(X/2))),2),235,16)',"
        + $"scale={size.Replace('x', ':')}:flags=neighbor,setsar=1,format=yuv420p";

    /// <summary>The numbers that pictures of such a source show.</summary>
    public static IReadOnlyList<int> NumbersShownBy(IEnumerable<string> pictures) =>
    [
        .. pictures.Select(picture => Run("ffmpeg", ["-v", "error", "-i", picture, "-vf", "scale=12:1:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"], []))
            .Select(bars => bars.Index().Sum(bar => bar.Item > 128 ? 1 << bar.Index : 0)),
    ];

    /// <summary>A clip that commands of ffmpeg make, the last one; OUT is its path, and PART that of the others of an index.</summary>
    public string Made(string name, params string[] commands) => Made(name, path => commands.ToList().ForEach(command =>
        (command.StartsWith("cat ", StringComparison.Ordinal) ? (Action<string>)Shell : Ffmpeg)(
            command.Replace("OUT", path, StringComparison.Ordinal).Replace("PART", $"{path}.part", StringComparison.Ordinal))));

    /// <summary>The colour of a picture at a place, as JPEG readers see it.</summary>
    public static (int Red, int Green, int Blue) ColourOf(string picture, double x = 0.5, double y = 0.5)
    {
        var pixel = Run(
            "ffmpeg",
            ["-v", "error", "-i", picture, "-vf", FormattableString.Invariant($"crop=4:4:(iw-4)*{x}:(ih-4)*{y},scale=1:1:flags=area,format=rgb24"), "-f", "rawvideo", "-"],
            []);
        return (pixel[0], pixel[1], pixel[2]);
    }

    /// <summary>How many pixels of a picture are much brighter or darker than those above and below.</summary>
    public static int CombsIn(string picture, int width, int height)
    {
        var gray = Run("ffmpeg", ["-v", "error", "-i", picture, "-pix_fmt", "gray", "-f", "rawvideo", "-"], []);
        return Enumerable.Range(width, width * (height - 2)).Count(at => Math.Abs(gray[at] - gray[at - width]) > 100 && Math.Abs(gray[at] - gray[at + width]) > 100);
    }

    /// <summary>The numbers of the counting clip's frames that pictures show.</summary>
    public static int[] FramesShownBy(IEnumerable<string> pictures)
    {
        var all = pictures.SelectMany(File.ReadAllBytes).ToArray();
        var greys = Run("ffmpeg", ["-v", "error", "-f", "jpeg_pipe", "-i", "pipe:0", "-vf", "scale=32:32:flags=area,scale=1:1:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"], all);
        return [.. greys.Select(grey => (int)Math.Round((grey - 16) / 3.0))];
    }

    /// <summary>The mean colours of pictures.</summary>
    public static IReadOnlyList<(int Red, int Green, int Blue)> MeanColoursOf(IReadOnlyList<string> pictures)
    {
        var all = pictures.SelectMany(File.ReadAllBytes).ToArray();
        return all.Length == 0
            ? []
            : [.. Run("ffmpeg", ["-v", "error", "-f", "jpeg_pipe", "-i", "pipe:0", "-vf", "scale=32:32:flags=area,scale=1:1:flags=area", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"], all)
                .Chunk(3).Select(pixel => ((int)pixel[0], (int)pixel[1], (int)pixel[2]))];
    }

    public static void Shell(string command) => Run("sh", ["-c", command], []);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Ffmpeg(string arguments) => Shell($"ffmpeg -nostdin -v error -y {Quoted(arguments)}");

    // Filters have parentheses and quotation marks of their own, paths have neither.
    private static string Quoted(string arguments) =>
        string.Join(' ', arguments.Split(' ').Select(argument => $"\"{argument}\""));

    private static byte[] Run(string program, string[] arguments, byte[] input)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        process.ExitCode.Should().Be(0, "{0} {1} makes what a test needs", program, string.Join(' ', arguments));
        return output.ToArray();
    }

    private string Made(string name, Action<string> make) => clips.GetOrAdd(name, _ => new(() =>
    {
        var path = Path.Combine(folder, name);
        make(path);
        return path;
    })).Value;
}
