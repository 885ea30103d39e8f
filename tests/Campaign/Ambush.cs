using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>A run of a long clip: an attempt, its host, and what it is about.</summary>
internal sealed record LongRun((string Host, string Task, int Attempt) Run, HostProcess Host, KnownTask Task);

/// <summary>Lies in wait for a worker that makes its pictures visible: what is left then is to record them.</summary>
internal sealed class Ambush(Fleet fleet, Book book, Watch watch, string media)
{
    // A worker removes the folder of an attempt after it has published and before it records: with so many files in it, that takes long
    // enough for a watcher on a machine that has no time.
    private const int Files = 8_000;

    private string Burden => $"{media}-burden";

    /// <summary>Freezes a worker when a picture becomes visible; none when that did not happen.</summary>
    /// <param name="picture">Which of the pictures of a long clip: the first is the beginning of many, the last is followed by the outcome.</param>
    /// <param name="time">How long to wait for it.</param>
    public async Task<LongRun?> FreezeAtPublicationAsync(int picture, TimeSpan time)
    {
        MakeBurden();
        LongRun? burdened = null;

        // A watcher of a folder that is only made when its first picture becomes visible would often come too late.
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < time; await Task.Delay(1))
        {
            // A picture that is there before may be that of an attempt that has died.
            burdened ??= LongRuns().FirstOrDefault(run => !IsVisible(run) && PutBurden(run));
            if (burdened is not null && IsVisible(burdened))
            {
                burdened.Host.Freeze();
                return burdened;
            }

            if (burdened is not null && !watch.Runs.Contains(burdened.Run))
            {
                return null;
            }
        }

        return null;

        bool IsVisible(LongRun run) => File.Exists(Path.Combine(media, "pictures", run.Task.Mark, $"{picture}.jpg"));
    }

    private IEnumerable<LongRun> LongRuns() =>
        from run in watch.Runs
        let task = book.Find(run.Task)
        let host = fleet.Ready.FirstOrDefault(host => host.Name == run.Host)
        where task is { IsLong: true } && host is not null
        select new LongRun(run, host, task);

    private void MakeBurden()
    {
        if (!Directory.Exists(Burden))
        {
            Directory.CreateDirectory(Burden);
            for (var file = 0; file < Files; file++)
            {
                File.Create(Path.Combine(Burden, $"{file}")).Dispose();
            }
        }
    }

    // At once, so that it is all there or none of it.
    private bool PutBurden(LongRun run)
    {
        var folder = Path.Combine(media, ".snapshots", $"{run.Task.Project}-{run.Task.Id}-{run.Run.Attempt}");
        if (!Directory.Exists(folder))
        {
            return false;
        }

        try
        {
            Directory.Move(Burden, Path.Combine(folder, "burden"));
            return true;
        }
        catch (IOException)
        {
            return false; // The attempt has ended in between.
        }
    }
}
