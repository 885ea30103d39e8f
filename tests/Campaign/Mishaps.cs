using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>What goes wrong around hosts: a bucket is away, and a worker misses the programs it captures with.</summary>
internal sealed class Mishaps(Fleet fleet, Watch watch, string media, Journal journal, Random random)
{
    // A worker that captures nothing need not meet a want.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken stop)
    {
        for (var turn = 1; !stop.IsCancellationRequested; turn++)
        {
            await (turn % 4 == 0 ? WithoutProgramsAsync() : WithoutBucketAsync());
            await Task.Delay(random.Next(300, 1200), CancellationToken.None);
        }
    }

    private async Task WithoutBucketAsync()
    {
        Clips.TakeBucket(media);
        journal.Write(at => new TakenAway(at, Need.Bucket));
        await Task.Delay(random.Next(200, 900));
        Clips.BringBucket(media);
    }

    private async Task WithoutProgramsAsync()
    {
        var programs = fleet.WorkersPrograms[random.Next(fleet.WorkersPrograms.Count)];
        var before = watch.GivenBack;
        programs.Take();
        journal.Write(at => new TakenAway(at, Need.Programs));
        for (var waited = Stopwatch.StartNew(); watch.GivenBack == before && waited.Elapsed < Patience;)
        {
            await Task.Delay(50);
        }

        programs.Bring();
    }
}
