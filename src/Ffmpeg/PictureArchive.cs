using System.Formats.Tar;

namespace SnapshotTasks;

/// <summary>Packs pictures into an archive.</summary>
internal static class PictureArchive
{
    private const string Name = "pictures.tar";

    // In which an archive counts: one for the name of a file, as many as it fills, and two at the end.
    private const int Block = 512;

    /// <summary>How large an archive of files of some sizes is.</summary>
    public static long SizeOf(IEnumerable<long> sizes) => sizes.Sum(size => Block + ((size + Block - 1) / Block * Block)) + (2 * Block);

    /// <summary>Packs pictures of a folder under their names; the answer is the file of the archive.</summary>
    public static async Task<string> PackAsync(string folder, IReadOnlyList<Publication> pictures, CancellationToken stop)
    {
        await using var archive = File.Create(Path.Combine(folder, Name));
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (file, name) in pictures)
            {
                await using var picture = File.OpenRead(Path.Combine(folder, file));
                await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = picture }, stop);
            }
        }

        archive.Flush(flushToDisk: true);
        return Name;
    }
}
