namespace SnapshotTasks.Campaign;

/// <summary>A client that submits, cancels and looks, through whichever host it meets, and now and then hangs up before it is answered.</summary>
internal sealed class Client(int number, int seed, Fleet fleet, Book book, Journal journal) : IDisposable
{
    private const double ShareOfCuts = 0.06, ShareOfCutsOfMany = 0.3, ShareOfMany = 0.025;

    private readonly Random random = new(seed);
    private readonly string project = KnownTask.ProjectOf(number);
    private readonly Wire wire = new(KnownTask.ProjectOf(number), journal);
    private readonly List<string> cancellations = [];
    private int submissions, keys;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await StepAsync();
            await Task.Delay(random.Next(5, 40), CancellationToken.None);
        }
    }

    /// <summary>Carries out what was begun, and looks at everything, so that the last word about each is in the journal.</summary>
    public async Task FinishAsync()
    {
        foreach (var cancellation in cancellations)
        {
            await CarryOutAsync(cancellation);
        }

        foreach (var chunk in book.All.Where(task => task.Project == project).Chunk(Wire.MostInALook))
        {
            await LookAsync(chunk);
        }
    }

    public void Dispose() => wire.Dispose();

    private async Task StepAsync()
    {
        if (random.NextDouble() < ShareOfMany)
        {
            await CancelManyAsync();
        }
        else if (!book.IsFull || random.NextDouble() < 0.3)
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
            if (book.Some(random, 1, project) is [var task])
            {
                await CancelAsync(task);
            }
        }
        else
        {
            await LookAsync(book.Oldest(project, Wire.MostInALook));
        }
    }

    private async Task<KnownTask?> SubmitAsync()
    {
        var mark = KnownTask.NewMark(number, ++submissions, AnySubject());
        var told = await SubmitAsync(mark, Cut(ShareOfCuts));

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
        var cancels = Enumerable.Range(0, random.Next(5) == 0 ? 2 : 1).Select(_ => Host()).OfType<Uri>().Select(host => wire.CancelAsync(host, task.Id, Cut(ShareOfCuts)));
        if ((await Task.WhenAll(cancels)).Any(ended => ended))
        {
            book.Ended(task.Id);
        }
    }

    /// <summary>Cancels several: by their ids, one of which another project may have, or those that a dry run has written down.</summary>
    private async Task CancelManyAsync()
    {
        var key = $"{number}-{++keys}";
        CancellationTold? told;
        if (random.Next(3) > 0 && book.Some(random, 4, project) is { Count: > 0 } tasks)
        {
            IReadOnlyList<string> ids = [.. tasks.Concat(book.Some(random, 1)).Select(task => task.Id).Distinct()];
            told = await RepeatAsync((host, cut) => wire.CancelManyAsync(host, key, ids, cut));
        }
        else
        {
            string?[] prefixes = [null, Clips.Short, Clips.Long];
            var prefix = prefixes[random.Next(prefixes.Length)];
            told = await RepeatAsync((host, cut) => wire.CountAsync(host, key, prefix, cut));
            await Task.Delay(random.Next(0, 300));
        }

        if (told is { } begun)
        {
            cancellations.Add(begun.Cancellation);
            await CarryOutAsync(begun.Cancellation);
        }
    }

    private async Task CarryOutAsync(string cancellation)
    {
        await RepeatAsync(async (host, cut) => await wire.CarryOutAsync(host, cancellation, cut) is { Remaining: 0 } done ? done : null);
        await RepeatAsync((host, _) => wire.LookAtManyAsync(host, cancellation));
    }

    // The first of them hangs up often.
    private async Task<CancellationTold?> RepeatAsync(Func<Uri, TimeSpan?, Task<CancellationTold?>> ask)
    {
        CancellationTold? told = null;
        for (var tries = 0; told is null && tries < 6; tries++)
        {
            await Task.Delay(tries == 0 ? 0 : random.Next(50, 300));
            told = Host() is { } host ? await ask(host, tries == 0 ? Cut(ShareOfCutsOfMany) : null) : null;
        }

        return told;
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

    private Subject AnySubject() => random.NextDouble() switch
    {
        < 0.3 => Subject.Long,
        < 0.7 => Subject.Short,
        < 0.88 => Subject.Passing,
        _ => Subject.Hopeless,
    };

    private TimeSpan? Cut(double share) => random.NextDouble() < share ? TimeSpan.FromMilliseconds(random.Next(1, 15)) : null;
}
