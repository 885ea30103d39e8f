using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>Keeps tasks in a PostgreSQL database, which the processes of any number of machines may share.</summary>
internal sealed class PostgresTaskStore : DatabaseTaskStore
{
    /// <summary>How many batches are under way at once: while the server works on one, the other is decided. More would make them smaller.</summary>
    internal const int Writers = 2;

    // More would only wait for the same strangers at the same time.
    private const int Waiters = 4;

    private static readonly TimeSpan WriterPause = TimeSpan.FromMilliseconds(10), LongestWait = TimeSpan.FromSeconds(30);

    // How often a query is asked that meets a connection which has died.
    private const int MaxAttempts = 3;

    private readonly NpgsqlDataSource source;
    private readonly bool ownsSource;
    private readonly TimeSpan lockTimeout;
    private readonly PostgresStatements statements;
    private readonly PostgresCallersTransaction callers;
    private readonly CancellationTokenSource stopListening = new();
    private readonly Task listening;

    /// <summary>Opens a database.</summary>
    /// <remarks>A source that it does not own is the host's to close, after the store. Tests have one writer, put something before the sessions, or say when claims look at all lanes or how long a commit is waited for.</remarks>
    /// <exception cref="StoreUnavailableException">The database cannot be reached.</exception>
    /// <exception cref="InvalidOperationException">Its schema is older or newer, or it would lose what it has acknowledged.</exception>
    public PostgresTaskStore(
        NpgsqlDataSource source,
        bool ownsSource,
        PostgresOptions options,
        ILogger? logger = null,
        IMeterFactory? meters = null,
        PostgresStatements? statements = null,
        int writers = Writers,
        Func<IStoreSession, IStoreSession>? through = null,
        TimeProvider? time = null,
        TimeSpan? commitTime = null)
        : base(meters, writers, Waiters)
    {
        (this.source, this.ownsSource, this.statements) = (source, ownsSource, statements ??= new PostgresStatements());
        lockTimeout = options.LockTimeout;
        logger ??= NullLogger.Instance;
        PostgresConnections.Prepare(source, options, logger);

        var ring = new LaneRing(time ?? TimeProvider.System);
        callers = new PostgresCallersTransaction(source, statements, ring, options.LockTimeout, options.Notifications);
        var notifier = options.Notifications ? new PostgresNotifier(source, statements, Guid.NewGuid().ToString("N")) : null;
        through ??= session => session;
        PostgresCommit Commit() => new(statements, commitTime ?? PostgresCommit.Time);

        // In the pool, whatever context the host is built in.
        for (var i = 0; i < writers; i++)
        {
            var session = through(new PostgresSession(source, statements, ring, notifier, Commit()));
            _ = Task.Run(() => Commits.WriteAsync(session));
        }

        for (var i = 0; i < Waiters; i++)
        {
            var session = through(new PostgresSession(source, statements, ring, notifier, Commit(), options.LockTimeout));
            _ = Task.Run(() => Commits.WriteSkippedAsync(session));
        }

        listening = notifier is null
            ? Task.CompletedTask
            : Task.Run(() => new PostgresListener(source, statements, notifier.Name, Submitted, Happened, ring, logger).ListenAsync(stopListening.Token));
    }

    public override Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        ReadTasksAsync(statements.Get, [PostgresRow.Array(ids, id => id.Value), PostgresRow.Value(project.Value)], cancellationToken);

    public override Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default)
    {
        var before = TaskPlace.Before(filter, after);
        NpgsqlParameter[] page =
            [.. Filtered(filter with { CreatedTo = before.CreatedAt }), PostgresRow.Value(take), PostgresRow.Value(skip), PostgresRow.Value(before.Id.Value)];
        return filter.ImpliedState is { } state
            ? ReadTasksAsync(statements.PageOfState, [.. page, PostgresRow.Value(state.ToString())], cancellationToken)
            : ReadTasksAsync(statements.Page, page, cancellationToken);
    }

    public override Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        ReadTasksAsync(
            statements.Next,
            [
                .. Filtered(filter),
                PostgresRow.Value(take),
                PostgresRow.Time(after?.CreatedAt ?? DateTimeOffset.MinValue),
                PostgresRow.Value(after?.Id.Value ?? 0),
                PostgresRow.Value(filter.ImpliedState?.ToString()),
            ],
            cancellationToken);

    public override Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) => filter.ImpliedState is { } state
        ? ReadOneAsync(statements.CountOfState, [.. Filtered(filter), PostgresRow.Value(limit), PostgresRow.Value(state.ToString())], row => (int)row.Number(0), cancellationToken)
        : ReadOneAsync(statements.Count, [.. Filtered(filter), PostgresRow.Value(limit)], row => (int)row.Number(0), cancellationToken);

    public override async Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) =>
        new(await ReadRowsAsync(statements.PlanAnew, statements.Pauses, [], row => TaskColumns.ReadPause(row), cancellationToken));

    public override async Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.KeepPlansInOrder,
            PostgresCancellations.FindQueued,
            [
                PostgresRow.Value((short)lane.Priority),
                PostgresRow.Value(lane.Project.Value),
                PostgresRow.Value(after.Value),
                .. Created(filter.CreatedFrom, filter.CreatedTo),
                PostgresRow.Value(filter.InputPathPrefix),
                PostgresRow.Value(limit),
            ],
            row => new TaskId(row.Number(0)),
            cancellationToken);

    public override async Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default) =>
        (await ReadRowsAsync(
            statements.PlanAnew,
            PostgresCancellations.Measure,
            [PostgresRow.Value(id.Value), PostgresRow.Value(project.Value), PostgresRow.Value(asked)],
            row => TaskColumns.ReadCancellation(row, id),
            cancellationToken)).SingleOrDefault();

    public override Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default) =>
        ReadOneAsync(PostgresCancellations.Has(statements.Clock), [PostgresRow.Value(age)], row => row.IsTrue(0), cancellationToken);

    public override async Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.KeepPlansInOrder,
            PostgresCancellations.Listed,
            [PostgresRow.Value(id.Value), PostgresRow.Value(after.Value), PostgresRow.Value(limit), PostgresRow.Value(onlyOpen)],
            TaskColumns.ReadListed,
            cancellationToken);

    public override Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default) =>
        ReadOneAsync(PostgresEvents.Kept, [], EventColumns.ReadKept, cancellationToken);

    public override async Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(
        ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.KeepPlansInOrder,
            PostgresEvents.History,
            [PostgresRow.Value(task.Value), PostgresRow.Value(project.Value), PostgresRow.Value(limit)],
            EventColumns.Read,
            cancellationToken);

    public override async Task<long> GetSettledAsync(CancellationToken cancellationToken = default)
    {
        var (drawn, floor) = (0L, (long?)null);
        await ReadAsync(
            query =>
            {
                query.Read(PostgresEvents.LastDrawn, row => drawn = row.GetInt64(0));
                query.Read(PostgresEvents.LowestFloor, row => floor = row.IsDBNull(0) ? null : row.GetInt64(0));
            },
            cancellationToken);
        return Math.Min(drawn, floor ?? drawn);
    }

    public override Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default) =>
        ReadPositionAsync(PostgresEvents.Last, [PostgresRow.Value(upTo)], cancellationToken);

    public override Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        ReadPositionAsync(PostgresEvents.Look, [PostgresRow.Value(after), PostgresRow.Value(upTo), PostgresRow.Value(limit)], cancellationToken);

    public override async Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.KeepPlansInOrder,
            PostgresEvents.Page,
            [PostgresRow.Value(after), PostgresRow.Value(upTo), PostgresRow.Value(project?.Value), PostgresRow.Value(limit)],
            EventColumns.Read,
            cancellationToken);

    public override async Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(statements.PlanAnew, PostgresSubscriptions.All, [], row => SubscriptionColumns.Read(row), cancellationToken);

    public override async Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.PlanAnew,
            PostgresSubscriptions.Due(statements.Clock),
            [PostgresRow.Value(subscription), PostgresRow.Value(limit)],
            SubscriptionColumns.ReadParked,
            cancellationToken);

    public override async Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(
            statements.PlanAnew,
            PostgresSubscriptions.Parked,
            [PostgresRow.Value(subscription), PostgresRow.Value(after), PostgresRow.Value(onlySetAside), PostgresRow.Value(limit)],
            SubscriptionColumns.ReadParked,
            cancellationToken);

    public override async Task<IReadOnlySet<TaskId>> FindParkedAsync(
        string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default) =>
        (await ReadRowsAsync(
            statements.PlanAnew,
            PostgresSubscriptions.FindParked,
            [PostgresRow.Value(subscription), PostgresRow.Array(tasks, task => task.Value)],
            row => new TaskId(row.Number(0)),
            cancellationToken)).ToHashSet();

    public override async Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(stopListening.IsCancellationRequested, this);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await source.OpenConnectionAsync(cancellationToken);
            if (await PostgresSubscriptions.BeginDeliveryAsync(connection, statements, lockTimeout, subscription, happened, cancellationToken) is { } begun)
            {
                connection = null;
                return begun;
            }

            return null;
        }
        catch (NpgsqlException error)
        {
            throw PostgresErrors.Unavailable(error);
        }
        finally
        {
            await (connection?.DisposeAsync() ?? default);
        }
    }

    public override async Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default)
    {
        var pauses = await GetPausesAsync(cancellationToken);
        return await ReadOneAsync(statements.Measure, [PostgresRow.Value(limit)], row => ReadMeasure(row, pauses), cancellationToken);
    }

    public override async Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default) =>
        await ReadRowsAsync(statements.PlanAnew, PostgresQueue.Lanes, [PostgresRow.Value(lanes), PostgresRow.Value(each)], TaskColumns.ReadLane, cancellationToken);

    public override Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default) =>
        ReadOneAsync(
            PostgresQueue.Count,
            [PostgresRow.Value((short)lane.Priority), PostgresRow.Value(lane.Project.Value), PostgresRow.Value(before.Value), PostgresRow.Value(limit)],
            row => (int)row.Number(0),
            cancellationToken);

    public override Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default) =>
        ReadOneAsync(
            PostgresQueue.Starts(statements.Clock),
            [PostgresRow.Value(project.Value), PostgresRow.Value(within), PostgresRow.Value(limit)],
            TaskColumns.ReadStarts,
            cancellationToken);

    public override Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        ReadOneAsync(PostgresQueue.Project, [PostgresRow.Value(project.Value), PostgresRow.Value(mostTasks)], TaskColumns.ReadProjectMeasure, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await stopListening.CancelAsync();
        await base.DisposeAsync();
        await listening;
        if (ownsSource)
        {
            await source.DisposeAsync();
        }
    }

    // Whoever took its lock later reads the switch later.
    protected override async Task WaitForWritersAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, long>? before = null;
        for (var begun = TimeProvider.System.GetTimestamp(); ; await Task.Delay(WriterPause, TimeProvider.System, cancellationToken))
        {
            var now = new Dictionary<string, long>();
            await ReadAsync(query => query.Read(PostgresEvents.Writers, row => now[row.GetString(0)] = row.GetInt64(1)), cancellationToken);
            before = (before ?? now).Where(writer => now.ContainsKey(writer.Key)).ToDictionary();
            if (before.Count == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(begun) > LongestWait)
            {
                throw new StoreUnavailableException(
                    $"It is switched, but a transaction that began before has not ended, of the session with process id {before.Values.First()}: what it decides may have no event.");
            }
        }
    }

    protected override Task RunWithinAsync(DbTransaction transaction, TaskBatch batch) => callers.RunAsync(transaction, batch);

    // What cannot be written to is not ready. The connection may be all that only reads: the next measure asks another.
    private QueueMeasure ReadMeasure(PostgresRow row, Pauses pauses)
    {
        var measure = TaskColumns.ReadMeasure(row, PostgresSchema.Scripts.Count, pauses);
        if (row.IsTrue(row.Columns - 1))
        {
            source.Clear();
            throw new StoreUnavailableException("The database only reads now.");
        }

        return measure;
    }

    private static IEnumerable<NpgsqlParameter> Filtered(TaskFilter filter) =>
    [
        PostgresRow.Value(filter.Project.Value),
        .. Created(filter.CreatedFrom, filter.CreatedTo),
        PostgresRow.Value(filter.Failed),
    ];

    private static NpgsqlParameter[] Created(DateTimeOffset? from, DateTimeOffset? to) =>
        [PostgresRow.TimeUp(from ?? DateTimeOffset.MinValue), PostgresRow.Time(to ?? DateTimeOffset.MaxValue)];

    private async Task<EventPosition?> ReadPositionAsync(string statement, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken) =>
        (await ReadRowsAsync(statements.KeepPlansInOrder, statement, parameters, row => (EventPosition?)EventColumns.ReadPosition(row), cancellationToken))
        .SingleOrDefault();

    private async Task<IReadOnlyList<SnapshotTask>> ReadTasksAsync(
        string statement, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken) =>
        await ReadRowsAsync(statements.KeepPlansInOrder, statement, parameters, TaskColumns.Read, cancellationToken);

    private async Task<List<TRow>> ReadRowsAsync<TRow>(
        string plan, string statement, IEnumerable<NpgsqlParameter> parameters, Func<PostgresRow, TRow> read, CancellationToken cancellationToken)
    {
        List<TRow> rows = [];
        await ReadAsync(
            query =>
            {
                rows = [];
                query.Read(plan, _ => { });
                query.Read(statement, row => rows.Add(read(new PostgresRow(row))), parameters.Select(parameter => parameter.Clone()));
            },
            cancellationToken);
        return rows;
    }

    private async Task<TAnswer> ReadOneAsync<TAnswer>(
        string statement, IEnumerable<NpgsqlParameter> parameters, Func<PostgresRow, TAnswer> read, CancellationToken cancellationToken)
    {
        TAnswer answer = default!;
        await ReadAsync(
            query =>
            {
                query.Read(statements.PlanAnew, _ => { });
                query.Read(statement, row => answer = read(new PostgresRow(row)), parameters.Select(parameter => parameter.Clone()));
            },
            cancellationToken);
        return answer;
    }

    /// <param name="ask">What is asked; asked again from the beginning when the connection had died unnoticed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task ReadAsync(Action<PostgresRoundTrip> ask, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(stopListening.IsCancellationRequested, this);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // One round trip is one transaction, with which the setting ends.
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                var query = new PostgresRoundTrip(connection);
                ask(query);
                await query.SendAloneAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException error) when (attempt < MaxAttempts && PostgresErrors.Explain(error, StoreStep.Run).IsTransient)
            {
                // Others of the pool will be dead as well, and one that is in use just now will come back to it.
                source.Clear();
            }
            catch (NpgsqlException error)
            {
                throw PostgresErrors.Unavailable(error);
            }
        }
    }
}
