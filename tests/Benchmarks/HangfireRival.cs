using System.Globalization;
using Hangfire;
using Hangfire.Client;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.States;

namespace SnapshotTasks.Benchmarks;

/// <summary>A caller of Hangfire. Its jobs have no filters, which by default keep statistics, cultures and continuations.</summary>
internal sealed class HangfireRival : IRival
{
    private static readonly string[] Queues = [EnqueuedState.DefaultQueue];
    private readonly PostgreSqlStorage storage;
    private readonly BackgroundJobStateChanger states;
    private readonly BackgroundJobClient client;
    private readonly Job job = Job.FromExpression(() => HangfireJob.Run(Sample.RequestText));

    public HangfireRival(PostgreSqlStorage storage)
    {
        var filters = new JobFilterProviderCollection();
        states = new BackgroundJobStateChanger(filters);
        client = new BackgroundJobClient(storage, new BackgroundJobFactory(filters), states);
        this.storage = storage;
    }

    public ValueTask<long> SubmitAsync() => new(long.Parse(client.Create(job, new EnqueuedState()), CultureInfo.InvariantCulture));

    public ValueTask CancelAsync(long id)
    {
        if (!client.ChangeState(id.ToString(CultureInfo.InvariantCulture), new DeletedState(), EnqueuedState.StateName))
        {
            throw new InvalidOperationException($"Hangfire's job {id} was not deleted.");
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>What a worker of Hangfire does for a job, without performing one.</summary>
    public ValueTask ClaimAndCompleteAsync()
    {
        using var connection = storage.GetConnection();
        using var fetched = connection.FetchNextJob(Queues, CancellationToken.None);
        Change(new Processing(), EnqueuedState.StateName);
        Change(new SucceededState(null, 0, 0), ProcessingState.StateName);
        fetched.RemoveFromQueue();
        return ValueTask.CompletedTask;

        void Change(IState state, string expected)
        {
            var applied = states.ChangeState(new StateChangeContext(storage, connection, fetched.JobId, state, expected));
            if (applied?.Name != state.Name)
            {
                throw new InvalidOperationException($"Hangfire's job {fetched.JobId} did not become {state.Name}.");
            }
        }
    }

    public void Dispose()
    {
    }

    /// <summary>The state that Hangfire's own workers set; only they can make theirs.</summary>
    private sealed class Processing : IState
    {
        public string Name => ProcessingState.StateName;

        public string? Reason => null;

        public bool IsFinal => false;

        public bool IgnoreJobLoadException => false;

        public Dictionary<string, string> SerializeData() => new()
        {
            ["StartedAt"] = JobHelper.SerializeDateTime(TimeProvider.System.GetUtcNow().UtcDateTime),
            ["ServerId"] = Sample.Claim.Holder,
            ["WorkerId"] = Sample.Claim.Holder,
        };
    }
}

/// <summary>A job for Hangfire, which nobody runs.</summary>
/// <remarks>Public, because Hangfire takes no other.</remarks>
public static class HangfireJob
{
    /// <summary>Does nothing.</summary>
    public static void Run(string request) => ArgumentNullException.ThrowIfNull(request);
}
