namespace SnapshotTasks.Tests;

/// <summary>Small honest clips, of which hostile ones are made.</summary>
internal sealed class HostileClips(CaptureClips clips)
{
    private const string Source = "-f lavfi -i testsrc=s=96x64:r=10:d=2";

    /// <summary>The colour that no other clip has all over.</summary>
    public const string Odd = "0xE010A0";

    /// <summary>A canary: a video of one odd colour.</summary>
    public string Canary => clips.Made("canary.ts", $"-f lavfi -i color={Odd}:s=64x48:r=10:d=5 -metadata title=c4nary -c:v libx264 -preset ultrafast OUT");

    public byte[] Jpeg => Read(clips.Still);

    public byte[] Mp4 => Made("mp4", "-c:v libx264 -g 5 -bf 2 -preset ultrafast");

    /// <summary>With its index first.</summary>
    public byte[] Streamable => Made("first.mp4", "-c:v libx264 -g 5 -movflags +faststart");

    public byte[] Fragmented => Made("fragments.mp4", "-c:v libx264 -g 5 -movflags +frag_keyframe+empty_moov");

    public byte[] Mkv => Made("mkv", "-c:v libx264 -g 5 -bf 2 -preset ultrafast");

    public byte[] Ts => Made("ts", "-c:v mpeg2video -g 5 -r 25");

    public byte[] Avi => Made("avi", "-c:v mpeg4 -g 5");

    public byte[] Flv => Made("flv", "-c:v flv -g 5");

    public byte[] Ogg => Made("ogv", "-c:v libtheora -g 5");

    public byte[] Nut => Made("nut", "-c:v mpeg4 -g 5");

    public byte[] Asf => Made("asf", "-c:v msmpeg4 -g 5");

    public byte[] Gif => Made("gif", "");

    public byte[] Ivf => Made("ivf", "-c:v libvpx -g 5 -deadline realtime");

    public byte[] Mxf => Made("mxf", "-c:v mpeg2video -g 5 -r 25");

    public byte[] Ps => Made("mpg", "-c:v mpeg2video -g 5 -r 25 -f mpeg");

    public byte[] H264 => Made("h264", "-c:v libx264 -g 5 -preset ultrafast -f h264");

    /// <summary>Three seconds of noise, which is as large as pictures get.</summary>
    public byte[] Noisy => Read(clips.Made("noisy.mkv", "-f lavfi -i nullsrc=s=640x480:r=10:d=3,geq=random(1)*255:128:128 -c:v mjpeg -q:v 2 OUT"));

    /// <summary>Each frame needs the sixteen before.</summary>
    public byte[] Referring => Read(clips.Made("references.mp4", "-f lavfi -i testsrc=s=1600x1200:r=10:d=2 -c:v libx264 -preset ultrafast -refs 16 -x264-params level=6.2 OUT"));

    /// <summary>Little bytes of many pixels.</summary>
    public byte[] LargePng => Read(clips.Made("large.mov", "-f lavfi -i color=s=8000x6000 -frames:v 1 -c:v png OUT"));

    /// <summary>A JPEG of 24 million pixels in few bytes.</summary>
    public byte[] LargeJpeg => Read(clips.Made("large.jpg", "-f lavfi -i color=s=6000x4000 -frames:v 1 OUT"));

    /// <summary>JPEGs of different sizes.</summary>
    public IReadOnlyList<byte[]> Sizes =>
        [.. ((string[])["16x16", "320x16", "16x240", "318x242", "1x1", "64x48"]).Select(size => Read(clips.Made($"{size}.jpg", $"-f lavfi -i color=s=64x48 -vf scale={size.Replace('x', ':')},format=yuvj444p -frames:v 1 OUT")))];

    private byte[] Made(string name, string options) => Read(clips.Made($"hostile-{(name.Contains('.') ? name : $"clip.{name}")}", $"{Source} {options} OUT".Replace("  ", " ", StringComparison.Ordinal)));

    private static byte[] Read(string path) => File.ReadAllBytes(path);
}
