using System.Data.Common;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Campaign;

/// <summary>Pauses and resumes everything and one project, and aborts runs, from a process that is no host.</summary>
internal sealed class Operator : IAsyncDisposable
{
    private const string By = "campaign", Reason = "chaos";

    private static readonly string?[] Pauses = [KnownTask.Odd, null, KnownTask.Even, null];

    private readonly ServiceProvider services;
    private readonly IStoreUnderTest store;
    private readonly Book book;
    private readonly Watch watch;
    private readonly string pictures;
    private readonly Journal journal;
    private readonly Random random;

    public Operator(IStoreUnderTest store, Book book, Watch watch, string pictures, Journal journal, Random random)
    {
        (this.store, this.book, this.watch, this.pictures, this.journal, this.random) = (store, book, watch, pictures, journal, random);
        services = new ServiceCollection().AddLogging().AddSnapshotTasks(store.Use).BuildServiceProvider();

        // Now, because a store cannot be created while its database is down.
        services.GetRequiredService<ITaskStore>();
    }

    private IMediator Mediator => services.GetRequiredService<IMediator>();

    public async Task RunAsync(CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            await AbortAsync();
            await Task.Delay(random.Next(500, 1500), CancellationToken.None);
            await PauseAsync(Pauses[turn % Pauses.Length]);
            await Task.Delay(random.Next(500, 2000), CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private async Task PauseAsync(string? project)
    {
        ProjectId? paused = project is null ? null : new ProjectId(project);
        await RepeatAsync(new PauseSnapshotTasks(paused, By, Reason));
        journal.Write(at => new Paused(at, project, TimeProvider.System.GetUtcNow()));
        for (var looks = random.Next(2, 5); looks > 0; looks--)
        {
            await LookAsync();
            await Task.Delay(random.Next(100, 300));
        }

        journal.Write(at => new ResumeAsked(at, project, TimeProvider.System.GetUtcNow()));
        await RepeatAsync(new ResumeSnapshotTasks(paused));
    }

    private async Task LookAsync()
    {
        try
        {
            var tasks = await store.ReadPutOffAsync();
            journal.Write(at => new PutOffSeen(at, tasks));
        }
        catch (Exception away) when (away is DbException or InvalidOperationException)
        {
            // The database is down, or went away between the connection and the question: there is nothing to be seen.
        }
    }

    // Until it was answered: only then it counts.
    private async Task RepeatAsync(IRequest<PauseOutcome> request)
    {
        while (true)
        {
            try
            {
                await Mediator.Send(request);
                return;
            }
            catch (Exception away) when (away is StoreUnavailableException or UnknownOutcomeException)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Aborts what runs as far as workers said; now and then any task, which may be queued, put off or ended.</summary>
    private async Task AbortAsync()
    {
        var running = watch.Runs.Select(run => book.Find(run.Task)).OfType<KnownTask>().ToList();
        List<KnownTask> tasks = [.. (random.Next(4) > 0 ? running : book.Some(random, 1)).Where(task => !(watch.SparesLongRuns && task.IsLong))];
        if (tasks.Count == 0)
        {
            return;
        }

        var (task, request) = (tasks[random.Next(tasks.Count)], journal.NewRequest());
        journal.Write(at => new Asked(at, request, Question.Abort, task.Id));
        var told = await AbortAsync(task, request);
        journal.Write(at => told with { At = at });
    }

    private async Task<Told> AbortAsync(KnownTask task, long request)
    {
        try
        {
            var outcome = await Mediator.Send(new AbortSnapshotTask(new(task.Project), new(long.Parse(task.Id)), By, Reason));
            return outcome.Answer switch
            {
                AbortAnswer.Aborted => new(0, request, Answer.Aborted, task.Id, "FAILED", string.Join(' ', Evidence.FilesOf(Path.Combine(pictures, task.Mark)))),
                AbortAnswer.EndingNow => new(0, request, Answer.EndingNow, task.Id, "PROCESSING"),
                AbortAnswer.Refused => new(0, request, Answer.Refused, task.Id, outcome.State switch { TaskState.Queued => "WAITING", TaskState.Cancelled => "CANCELED", _ => null }),
                AbortAnswer.NotFound => new(0, request, Answer.Wrong, task.Id, Text: "that there is no such task"),
            };
        }
        catch (StoreUnavailableException away)
        {
            return new(0, request, Answer.Unavailable, task.Id, Text: away.Message);
        }
        catch (UnknownOutcomeException lost)
        {
            return new(0, request, Answer.Unknown, task.Id, Text: lost.Message);
        }
    }
}
