using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks;

/// <summary>Which pictures of a video others refer to: where all that are wanted are such, the decoder leaves out the rest and gives the same.</summary>
internal static class References
{
    // The length of a unit, and the byte that says what it is.
    private const int Head = 5;

    // More than a picture has, unless each of its lines is a slice.
    private const int MostUnits = 64;

    /// <summary>Whether it can be told: of H.264 in MP4 and its kin.</summary>
    public static bool CanBeTold(Video video) => video is { Codec: "h264", IsInterlaced: false, Container.TellsPlaces: true };

    /// <summary>A take that says whether it wants only such pictures.</summary>
    public static Take Told(Video video, Look look, Take take)
    {
        var pictures = take.Until is null ? [] : take.Wanted.Select(look.PictureAt).ToList();
        return pictures.Count > 0 && pictures.TrueForAll(picture => picture is not null && IsReferenced(video.Input.File, picture))
            ? take with { Referenced = [.. pictures.Select(picture => picture!.Stamp)] }
            : take;
    }

    // A packet is made of units with their lengths before them; each slice of the picture says whether it is referred to (7.4.1 of H.264). What
    // is not made like this is not believed, and a wrong answer is noticed by the time stamps that come.
    private static bool IsReferenced(SafeFileHandle file, PlacedPicture picture)
    {
        Span<byte> head = stackalloc byte[Head];
        var (at, end, slices) = (picture.Position, picture.Position + picture.Size, 0);
        for (var unit = 0; unit < MostUnits && at + Head <= end && RandomAccess.Read(file, head, at) == Head; unit++)
        {
            if ((head[4] & 31) is >= 1 and <= 5)
            {
                slices++;
                if ((head[4] & 96) == 0)
                {
                    return false;
                }
            }

            at += 4 + BinaryPrimitives.ReadUInt32BigEndian(head);
        }

        return at == end && slices > 0;
    }
}
