using System.Text;
using System.Text.RegularExpressions;

namespace SnapshotTasks;

/// <summary>What ffmpeg's programs complain about, in words an editor of videos understands.</summary>
internal static partial class Complaints
{
    /// <summary>Said when memory did not suffice; ffmpeg may go on then, with wrong pictures.</summary>
    public static readonly IReadOnlyList<string> OfMemory = ["Cannot allocate memory", "get_buffer() failed"];

    /// <summary>Said when there are more tracks than are read, which ffmpeg's programs call a want of memory as well.</summary>
    public const string OfTracks = "exceeds max_streams";

    /// <summary>Said when the file ends before what it promises.</summary>
    public static readonly IReadOnlyList<string> OfCutFiles = ["partial file", "ended prematurely"];

    /// <summary>Why a file could not be described.</summary>
    public static CaptureFailedException OfInput(MediaInput input, string errors) => new(
        FailureCode.InvalidFormat,
        errors.Contains("moov atom not found", StringComparison.Ordinal) && IsMp4(input) ? "The video is unfinished or cut off: its index is missing."
        : Playlist().IsMatch(errors) ? "The input is a playlist or a script that names other files, not a video."
        : "The input is not a video in a known format.");

    /// <summary>Why no picture could be taken.</summary>
    public static CaptureFailedException OfTake(string errors) =>
        errors.Contains("No space left on device", StringComparison.Ordinal) || errors.Contains("Disk quota exceeded", StringComparison.Ordinal)
            ? new(FailureCode.SystemError, "There is no space left for the pictures.")
            : errors.Contains("Could not open file", StringComparison.Ordinal) || errors.Contains("Read-only file system", StringComparison.Ordinal)
                ? new(FailureCode.SystemError, "The pictures cannot be written.")
                : new(FailureCode.InvalidCodec, "The video cannot be decoded.");

    /// <summary>Whether it was not the program that failed, but what starts it.</summary>
    public static bool IsOfLauncher(string errors) => Launcher().IsMatch(errors);

    // What is no video at all is taken for an MP4 as well, by its name.
    private static bool IsMp4(MediaInput input)
    {
        var head = new byte[8];
        return RandomAccess.Read(input.File, head, 0) == head.Length
            && Encoding.ASCII.GetString(head, 4, 4) is "ftyp" or "mdat" or "wide" or "free" or "skip";
    }

    // Only what is said first: the names and notes of a video, which programs repeat, may have lines of their own.
    // A shell calls itself by the number of the server, which it is given in the place of its name.
    [GeneratedRegex(@"\A(sh|setpriv|unshare|bwrap|[0-9]+: (line )?[0-9]+): ")]
    private static partial Regex Launcher();

    [GeneratedRegex(@"\[(hls|dash|concat|imf|sdp) @ [^]]+\] Format not on whitelist")]
    private static partial Regex Playlist();
}
