namespace SnapshotTasks;

/// <summary>Puts in place of each black picture the next one that is not black, if any follows.</summary>
internal static class BlackSkipping
{
    /// <summary>Replaces the black ones of pictures that are in the order of their times.</summary>
    public static async Task<IReadOnlyList<Picture>> SkipAsync(TakeRuns runs, BlackFrames black, IReadOnlyList<Picture> pictures, Reading reading, CancellationToken stop)
    {
        var replaced = new List<Picture>();
        Picture? next = null;
        var onlyBlack = false;
        foreach (var picture in pictures)
        {
            // A black stretch is read once, for all the pictures that lie in it.
            if (picture.IsBlack && !onlyBlack && !(picture.Time <= next?.Time))
            {
                next = await runs.TakeNotBlackAsync(black, picture.Time, picture.Seek, reading, stop);
                onlyBlack = next is null;
            }

            replaced.Add(picture.IsBlack && !onlyBlack ? next! : picture);
        }

        return replaced;
    }
}
