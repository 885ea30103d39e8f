namespace SnapshotTasks.Campaign;

/// <summary>A client that submits, cancels and looks, through whichever host it meets, and now and then hangs up before it is answered.</summary>
internal sealed class Client(int number, int seed, Fleet fleet, Book book, Journal journal) : IDisposable
{
    private const double ShareOfLong = 0.3, ShareOfCuts = 0.06;

    private readonly Random random = new(seed);
    private readonly Wire wire = new(journal);
    private int submissions;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await StepAsync();
            await Task.Delay(random.Next(5, 40), CancellationToken.None);
        }
    }

    /// <summary>Looks at every task there is, so that the last word about each is in the journal.</summary>
    public async Task LookAtAllAsync()
    {
        foreach (var chunk in book.All.Chunk(Wire.MostInALook))
        {
            await LookAsync(chunk);
        }
    }

    public void Dispose() => wire.Dispose();

    private async Task StepAsync()
    {
        if (!book.IsFull || random.NextDouble() < 0.3)
        {
            // Over a full backlog, only what is cancelled at once: it waits, and the cancel wins.
            var cancels = book.IsFull || random.NextDouble() < 0.5;
            if (await SubmitAsync() is { } task && cancels)
            {
                await Task.Delay(random.Next(0, 30));
                await CancelAsync(task);
            }
        }
        else if (random.NextDouble() < 0.3)
        {
            if (book.Any(random) is { } task)
            {
                await CancelAsync(task);
            }
        }
        else
        {
            await LookAsync(book.Oldest(Wire.MostInALook));
        }
    }

    private async Task<KnownTask?> SubmitAsync()
    {
        var mark = KnownTask.NewMark(number, ++submissions, random.NextDouble() < ShareOfLong);
        var told = await SubmitAsync(mark, Cut());

        // Half of those who do not know repeat it until they do; the others show what became of it.
        for (var repeats = random.NextDouble() < 0.5 ? 5 : 0; repeats > 0 && told is null or { Answer: Answer.Silence or Answer.Unknown or Answer.Unavailable }; repeats--)
        {
            await Task.Delay(random.Next(50, 300));
            told = await SubmitAsync(mark, null);
        }

        if (told is not { Answer: Answer.Accepted, Task: { } id })
        {
            return null;
        }

        var task = new KnownTask(id, mark);
        book.Add(task);
        return task;
    }

    private async Task<Told?> SubmitAsync(string mark, TimeSpan? cut) => Host() is { } host ? await wire.SubmitAsync(host, mark, cut) : null;

    // One in five is cancelled through two hosts at the same time: one of them may win at most.
    private async Task CancelAsync(KnownTask task)
    {
        var cancels = Enumerable.Range(0, random.Next(5) == 0 ? 2 : 1).Select(_ => Host()).OfType<Uri>().Select(host => wire.CancelAsync(host, task.Id, Cut()));
        if ((await Task.WhenAll(cancels)).Any(ended => ended))
        {
            book.Ended(task.Id);
        }
    }

    private async Task LookAsync(IReadOnlyList<KnownTask> tasks)
    {
        if (tasks.Count > 0 && Host() is { } host)
        {
            foreach (var id in await wire.LookAsync(host, [.. tasks.Select(task => task.Id)]))
            {
                book.Ended(id);
            }
        }
    }

    private Uri? Host() => fleet.Ready is { Count: > 0 } hosts ? hosts[random.Next(hosts.Count)].Address : null;

    private TimeSpan? Cut() => random.NextDouble() < ShareOfCuts ? TimeSpan.FromMilliseconds(random.Next(1, 15)) : null;
}
