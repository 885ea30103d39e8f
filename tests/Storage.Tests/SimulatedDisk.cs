namespace SnapshotTasks.Tests;

/// <summary>
/// A directory on a disk that keeps only what it was told to sync. What was not synced is gone after a power loss, or there,
/// or there in part: any sector of 512 bytes for itself.
/// </summary>
internal sealed class SimulatedDisk(string directory)
{
    private const int Sector = 512;

    private readonly Dictionary<string, SimulatedFile> named = [];
    private Dictionary<string, SimulatedFile> namedForGood = [];

    public void Apply(DiskEvent made)
    {
        switch (made)
        {
            case DiskEvent.Write write:
                Named(write.File).Change(write);
                break;
            case DiskEvent.Truncate truncate:
                Named(truncate.File).Change(truncate);
                break;
            case DiskEvent.Unlink unlink:
                named.Remove(unlink.File);
                break;
            case DiskEvent.Sync sync when sync.Path == directory:
                namedForGood = new(named);
                break;
            case DiskEvent.Sync sync:
                Named(sync.Path).Sync();
                break;
        }
    }

    /// <summary>What the process itself would read now.</summary>
    public Dictionary<string, byte[]> Content() => named.ToDictionary(file => file.Key, file => file.Value.Content(_ => true));

    /// <summary>What is left after a power loss: only what was synced, and with a chance also some of the rest.</summary>
    public Dictionary<string, byte[]> AfterPowerLoss(Random? chance)
    {
        // Once in a while nearly all or nearly nothing.
        var likely = chance?.NextDouble() ?? 0;
        bool Happens() => chance is not null && chance.NextDouble() < likely;
        var names = named.Keys.Union(namedForGood.Keys).Order(StringComparer.Ordinal);
        return names
            .Select(name => (name, File: (Happens() ? named : namedForGood).GetValueOrDefault(name)))
            .Where(entry => entry.File is not null)
            .ToDictionary(entry => entry.name, entry => entry.File!.Content(_ => Happens()));
    }

    private SimulatedFile Named(string name) => named.TryGetValue(name, out var file) ? file : named[name] = new();

    private sealed class SimulatedFile
    {
        private readonly List<DiskEvent> changes = [];
        private byte[] synced = [];

        public void Change(DiskEvent change) => changes.Add(change);

        public void Sync()
        {
            synced = Content(_ => true);
            changes.Clear();
        }

        public byte[] Content(Func<int, bool> keeps)
        {
            var content = synced;
            foreach (var change in changes)
            {
                content = change switch
                {
                    DiskEvent.Write write => Written(content, write, keeps),
                    DiskEvent.Truncate truncate when keeps(0) => Resized(content, truncate.Length),
                    _ => content,
                };
            }

            return content;
        }

        private static byte[] Written(byte[] content, DiskEvent.Write write, Func<int, bool> keeps)
        {
            var end = write.Offset + write.Data.Length;
            var written = content;
            for (var from = write.Offset; from < end;)
            {
                var to = Math.Min(end, (from / Sector * Sector) + Sector);
                if (keeps(from))
                {
                    written = Resized(written, Math.Max(to, written.Length));
                    write.Data.AsSpan(from - write.Offset, to - from).CopyTo(written.AsSpan(from));
                }

                from = to;
            }

            return written;
        }

        private static byte[] Resized(byte[] content, int length)
        {
            var resized = new byte[length];
            content.AsSpan(0, Math.Min(length, content.Length)).CopyTo(resized);
            return resized;
        }
    }
}
