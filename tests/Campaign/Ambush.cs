using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>Lies in wait for a worker that makes its pictures visible: what is left then is to record them.</summary>
internal sealed class Ambush(Fleet fleet, Book book, Watch watch, string media)
{
    /// <summary>Freezes a worker when a picture becomes visible; none when that did not happen.</summary>
    /// <param name="picture">Which of the pictures of a long clip: the first is the beginning of many, the last is followed by the outcome.</param>
    /// <param name="patience">How long to wait for it.</param>
    public Task<HostProcess?> FreezeAtPublicationAsync(int picture, TimeSpan patience) =>
        Task.Factory.StartNew(() => FreezeAtPublication($"{picture}.jpg", patience), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private HostProcess? FreezeAtPublication(string picture, TimeSpan patience)
    {
        var published = new Dictionary<(string Host, string Task, int Attempt), bool>();

        // Looked for each millisecond: between the moment that a picture becomes visible and the one that the outcome is recorded are few, and
        // a watcher of a folder that is only made when its first picture becomes visible would often come too late.
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience; Thread.Sleep(1))
        {
            foreach (var run in watch.Runs)
            {
                if (book.Find(run.Task) is not { IsLong: true } task)
                {
                    continue;
                }

                // Pictures that were there before the first look may be those of an attempt that has died.
                var isThere = File.Exists(Path.Combine(media, "pictures", task.Mark, picture));
                if (!published.TryGetValue(run, out var wasThere))
                {
                    published[run] = isThere;
                }
                else if (isThere && !wasThere && fleet.Ready.FirstOrDefault(host => host.Name == run.Host) is { } host)
                {
                    host.Freeze();
                    return host;
                }
            }
        }

        return null;
    }
}
