using System.Formats.Tar;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>The numbered pictures in the folder of an attempt.</summary>
internal sealed class PictureFiles(string directory)
{
    /// <summary>How ffmpeg names the pictures.</summary>
    public const string Pattern = "%05d.jpg";

    private const string Archive = "pictures.tar";

    /// <summary>The folder.</summary>
    public string Directory { get; } = directory;

    /// <summary>The name of a picture's file.</summary>
    public static string NameOf(int number) => $"{number.ToString("00000", CultureInfo.InvariantCulture)}.jpg";

    /// <summary>The path of a picture.</summary>
    public string PathOf(int number) => Path.Combine(Directory, NameOf(number));

    /// <summary>Whether ffmpeg has written a picture.</summary>
    public bool Has(int number) => File.Exists(PathOf(number));

    /// <summary>Packs the pictures under their names into an archive; the answer is the name of its file.</summary>
    public async Task<string> PackAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        await using var archive = File.Create(Path.Combine(Directory, Archive));
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (number, name) in names.Index())
            {
                await using var picture = File.OpenRead(PathOf(number));
                await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = picture }, stop);
            }
        }

        archive.Flush(flushToDisk: true);
        return Archive;
    }
}
