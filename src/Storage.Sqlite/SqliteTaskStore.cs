using System.Data.Common;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>Keeps tasks in one SQLite file, which several processes of one machine may share.</summary>
internal sealed class SqliteTaskStore : DatabaseTaskStore
{
    private readonly SqliteStatements statements;
    private readonly SqliteConnections connections;
    private readonly TimeProvider time;
    private readonly LaneRing ring;
    private readonly SqliteWriteLock writeLock;
    private volatile bool disposed;

    /// <summary>Opens a file; it and its folder are created when they do not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">The clock of the store; that of the machine when none is given.</param>
    /// <param name="statements">The SQL of the store; for tests.</param>
    /// <param name="opened">Sees each connection that the writer opens; for tests.</param>
    /// <param name="through">Puts a broken session before the real one; for tests.</param>
    /// <param name="meters">The host's, for what the store measures.</param>
    /// <param name="options">How it is used.</param>
    /// <exception cref="StoreUnavailableException">The file cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">Its schema is for newer software only.</exception>
    public SqliteTaskStore(
        string path,
        TimeProvider? time = null,
        SqliteStatements? statements = null,
        Action<SqliteConnection>? opened = null,
        Func<IStoreSession, IStoreSession>? through = null,
        IMeterFactory? meters = null,
        SqliteOptions? options = null)
        : base(meters)
    {
        (this.statements, this.time) = (statements ?? new SqliteStatements(), time ?? TimeProvider.System);
        ring = new LaneRing(this.time);
        var lockTimeout = (options ?? new SqliteOptions()).LockTimeout;
        writeLock = new SqliteWriteLock(lockTimeout);
        try
        {
            connections = new SqliteConnections(path, this.statements, lockTimeout);
            IStoreSession session = new SqliteSession(connections, this.statements, this.time, ring, writeLock, opened);
            session = through?.Invoke(session) ?? session;

            // A thread of its own, because the driver blocks: it would hold a thread of the pool for every sync of the disk.
            new Thread(() => Commits.WriteAsync(session).GetAwaiter().GetResult()) { IsBackground = true, Name = "SnapshotTasks SQLite writer" }.Start();
        }
        catch (SqliteException error) when (SqliteErrors.Unavailable(error) is StoreUnavailableException unavailable)
        {
            throw new StoreUnavailableException($"{path}: {unavailable.Message}", error);
        }
    }

    public override Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<SnapshotTask>>(
            statements.Get,
            query => Tasks(query.Set("@project", project.Value).Set("@ids", JsonSerializer.Serialize(ids.Select(id => id.Value)))),
            cancellationToken);

    public override Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<SnapshotTask>>(
            filter.ImpliedState is null ? statements.Page : statements.PageOfState,
            query =>
            {
                var before = TaskPlace.Before(filter, after);
                return Tasks(Filtered(query, filter with { CreatedTo = before.CreatedAt }).Set("@before", before.Id.Value).Set("@skip", skip).Set("@take", take));
            },
            cancellationToken);

    public override Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<SnapshotTask>>(
            statements.Next,
            query => Tasks(Filtered(query, filter)
                .Set("@after_created_at", after is { } place ? SqliteRow.Microseconds(place.CreatedAt) : long.MinValue)
                .Set("@after", after?.Id.Value ?? 0)
                .Set("@take", take)),
            cancellationToken);

    public override Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync(
            filter.ImpliedState is null ? statements.Count : statements.CountOfState,
            query => Filtered(query, filter).Set("@limit", limit).Read() ? (int)query.Number(0) : 0,
            cancellationToken);

    public override Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<TaskId>>(
            statements.FindQueued,
            query => Rows(
                Created(query, filter.CreatedFrom, filter.CreatedTo)
                    .Set("@priority", (int)lane.Priority).Set("@project", lane.Project.Value).Set("@after", after.Value).Set("@limit", limit)
                    .Set("@path", filter.InputPathPrefix),
                row => new TaskId(row.Number(0))),
            cancellationToken);

    public override Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default) =>
        ReadAsync(
            statements.MeasureCancellation,
            query => query.Set("@cancellation", id.Value).Set("@project", project.Value).Set("@asked", asked).Read() ? TaskColumns.ReadCancellation(query, id) : null,
            cancellationToken);

    public override Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<ListedTask>>(
            statements.Listed,
            query => Rows(
                query.Set("@cancellation", id.Value).Set("@after", after.Value).Set("@limit", limit).Set("@only_open", onlyOpen ? 1 : 0), TaskColumns.ReadListed),
            cancellationToken);

    public override Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default) =>
        ReadAsync(
            statements.HasCancellations,
            query => query.Set("@made_by", SqliteRow.Microseconds(time.Now() - age)).Read() && query.IsTrue(0),
            cancellationToken);

    public override Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(SqliteEvents.Kept, query => query.Read() ? EventColumns.ReadKept(query) : throw new InvalidOperationException("The file does not say whether events are kept."), cancellationToken);

    public override Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<RecordedEvent>>(
            SqliteEvents.History,
            query => Rows(query.Set("@task", task.Value).Set("@project", project.Value).Set("@limit", limit), EventColumns.Read),
            cancellationToken);

    public override Task<long> GetSettledAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(SqliteEvents.Settled, query => query.Read() ? query.Number(0) : 0, cancellationToken);

    public override Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default) =>
        ReadAsync(SqliteEvents.Last, query => PositionIfAny(query.Set("@up_to", upTo)), cancellationToken);

    public override Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync(SqliteEvents.Look, query => PositionIfAny(query.Set("@after", after).Set("@up_to", upTo).Set("@limit", limit)), cancellationToken);

    public override Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<RecordedEvent>>(
            SqliteEvents.Page,
            query => Rows(
                query.Set("@project", project?.Value).Set("@after", after).Set("@up_to", upTo).Set("@limit", limit), EventColumns.Read),
            cancellationToken);

    public override Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<Subscription>>(SqliteSubscriptions.All, query => Rows(query, SubscriptionColumns.Read), cancellationToken);

    public override Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<ParkedEvent>>(
            SqliteSubscriptions.Due,
            query => Rows(
                query.Set("@subscription", subscription).Set("@now", SqliteRow.Microseconds(time.Now())).Set("@limit", limit), SubscriptionColumns.ReadParked),
            cancellationToken);

    public override Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<ParkedEvent>>(
            SqliteSubscriptions.Parked,
            query => Rows(
                query.Set("@subscription", subscription).Set("@only_set_aside", onlySetAside ? 1 : 0).Set("@after", after).Set("@limit", limit),
                SubscriptionColumns.ReadParked),
            cancellationToken);

    public override Task<IReadOnlySet<TaskId>> FindParkedAsync(
        string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlySet<TaskId>>(
            SqliteSubscriptions.FindParked,
            query => Rows(
                query.Set("@subscription", subscription).Set("@tasks", JsonSerializer.Serialize(tasks.Select(task => task.Value))),
                row => new TaskId(row.Number(0))).ToHashSet(),
            cancellationToken);

    public override async Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(disposed, this);
        SqliteConnection? connection = null;
        try
        {
            connection = connections.OpenToWrite();
            var begun = connection.BeginTransaction();
            if (SqliteSubscriptions.TryMark(connection, subscription, happened))
            {
                connection = null;
                return new DeliveryTransaction(begun);
            }

            await begun.DisposeAsync();
            return null;
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Unavailable(error);
        }
        finally
        {
            await (connection?.DisposeAsync() ?? default);
        }
    }

    // There is one writer, and whoever has the file's lock has read the switch under it.
    protected override Task WaitForWritersAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(statements.Pauses, SqliteRow.ReadPauses, cancellationToken);

    public override async Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default)
    {
        var pauses = await GetPausesAsync(cancellationToken);
        return await ReadAsync(
            statements.Measure,
            query =>
            {
                query.Set("@limit", limit).Set("@now", SqliteRow.Microseconds(time.Now())).Read();
                return TaskColumns.ReadMeasure(query, SqliteSchema.Scripts.Count, pauses) with { Obstacle = writeLock.Obstacle };
            },
            cancellationToken);
    }

    public override Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<QueuedLane>>(
            statements.MeasureLanes, query => Rows(query.Set("@limit", lanes).Set("@each", each), TaskColumns.ReadLane), cancellationToken);

    public override Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync(
            statements.CountQueued,
            query => query.Set("@priority", (int)lane.Priority).Set("@project", lane.Project.Value).Set("@before", before.Value).Set("@limit", limit).Read()
                ? (int)query.Number(0)
                : 0,
            cancellationToken);

    public override Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync(
            statements.MeasureStarts,
            query =>
            {
                var now = time.Now();
                query.Set("@project", project.Value).Set("@now", SqliteRow.Microseconds(now)).Set("@since", SqliteRow.Microseconds(now - within))
                    .Set("@limit", limit).Read();
                return TaskColumns.ReadStarts(query);
            },
            cancellationToken);

    public override Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        ReadAsync(
            statements.MeasureProject,
            query => query.Set("@project", project.Value).Set("@limit", mostTasks).Read() ? TaskColumns.ReadProjectMeasure(query) : new(0, 0),
            cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        disposed = true;
        await base.DisposeAsync();
        connections.ClearPool();
    }

    protected override async Task RunWithinAsync(DbTransaction transaction, TaskBatch batch)
    {
        var connection = connections.ConnectionOf(transaction);
        try
        {
            SqliteConnections.Execute(connection, statements.SetSavepoint);
            try
            {
                TakeWriteLock(connection);
                using var rows = new SqliteTaskRows(connection, statements, time, ring);
                await batch.RunAsync(rows);
            }
            catch
            {
                SqliteConnections.Execute(connection, statements.RollBackToSavepoint);
                throw;
            }
            finally
            {
                SqliteConnections.Execute(connection, statements.ReleaseSavepoint);
            }
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Unavailable(error);
        }
    }

    private void TakeWriteLock(SqliteConnection connection)
    {
        try
        {
            using var take = new SqliteStatement(connection, statements.TakeWriteLock);
            take.Execute();
        }
        catch (SqliteException busy) when (busy.SqliteErrorCode == SQLITE_BUSY && busy.SqliteExtendedErrorCode != SQLITE_BUSY_SNAPSHOT)
        {
            // Another writer will be done: the driver's command waits for it, as long as the caller's connection says. A
            // transaction that has read something older than the file waits in vain, and does not come here.
            SqliteConnections.Execute(connection, statements.TakeWriteLock);
        }
    }

    private static SqliteStatement Filtered(SqliteStatement query, TaskFilter filter) => Created(query, filter.CreatedFrom, filter.CreatedTo)
        .Set("@project", filter.Project.Value)
        .Set("@state", filter.ImpliedState?.ToString())
        .Set("@failed", filter.Failed is { } failed ? (failed ? 1 : 0) : null);

    private static SqliteStatement Created(SqliteStatement query, DateTimeOffset? from, DateTimeOffset? to) => query
        .Set("@from", from is { } first ? SqliteRow.MicrosecondsUp(first) : long.MinValue)
        .Set("@to", to is { } last ? SqliteRow.Microseconds(last) : long.MaxValue);

    private static EventPosition? PositionIfAny(SqliteStatement query) => query.Read() ? EventColumns.ReadPosition(query) : null;

    private static List<SnapshotTask> Tasks(SqliteStatement query) => Rows(query, TaskColumns.Read);

    private static List<T> Rows<T>(SqliteStatement query, Func<SqliteStatement, T> read)
    {
        var rows = new List<T>();
        while (query.Read())
        {
            rows.Add(read(query));
        }

        return rows;
    }

    // Queries run on the caller's thread: they wait for no writer and no sync of the disk.
    private Task<TAnswer> ReadAsync<TAnswer>(string statement, Func<SqliteStatement, TAnswer> read, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<TAnswer>(cancellationToken);
        }

        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            using var connection = connections.OpenToRead();
            using var query = new SqliteStatement(connection, statement);
            return Task.FromResult(read(query));
        }
        catch (Exception error)
        {
            // A connection that met an error is not used again.
            connections.ClearPool();
            return Task.FromException<TAnswer>(SqliteErrors.Unavailable(error));
        }
    }
}
