using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace SnapshotTasks;

/// <summary>Keeps tasks in a PostgreSQL database, which the processes of any number of machines may share.</summary>
public sealed class PostgresTaskStore : ITaskStore, IDisposable, IAsyncDisposable
{
    /// <summary>How many batches are under way at once: while the server works on one, the other is decided. More would make them smaller.</summary>
    internal const int Writers = 2;

    // More would only wait for the same strangers at the same time.
    private const int LoneWriters = 4;

    private readonly NpgsqlDataSource source;
    private readonly bool ownsSource;
    private readonly PostgresStatements statements;
    private readonly SubmissionSignal submitted = new();
    private readonly StoreMetrics metrics;
    private readonly GroupCommit commits;
    private readonly PostgresOwnTransaction own;
    private readonly CancellationTokenSource stopListening = new();
    private readonly Task listening;

    /// <summary>Opens a database.</summary>
    /// <param name="connectionString">How to connect to it, in the words of Npgsql.</param>
    /// <param name="options">How to use it.</param>
    /// <param name="logger">Hears of what deserves attention.</param>
    /// <param name="meters">The host's, for what the store measures.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be reached.</exception>
    /// <exception cref="InvalidOperationException">Its schema is older or newer, or it would lose what it has acknowledged.</exception>
    public PostgresTaskStore(
        string connectionString, PostgresOptions? options = null, ILogger<PostgresTaskStore>? logger = null, IMeterFactory? meters = null)
        : this(PostgresConnections.Create(connectionString), ownsSource: true, options, logger, new PostgresStatements(), meters: meters)
    {
    }

    /// <summary>Opens a database that the host connects to; the host closes its data source after the store.</summary>
    /// <param name="source">The database; statements are prepared when its connection string has <c>Max Auto Prepare</c>.</param>
    /// <param name="options">How to use it.</param>
    /// <param name="logger">Hears of what deserves attention.</param>
    /// <param name="meters">The host's, for what the store measures.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be reached.</exception>
    /// <exception cref="InvalidOperationException">Its schema is older or newer, or it would lose what it has acknowledged.</exception>
    public PostgresTaskStore(
        NpgsqlDataSource source, PostgresOptions? options = null, ILogger<PostgresTaskStore>? logger = null, IMeterFactory? meters = null)
        : this(source, ownsSource: false, options, logger, new PostgresStatements(), meters: meters)
    {
    }

    // Tests have one writer when they need everything in one batch, and put broken sessions before the real ones.
    internal PostgresTaskStore(
        NpgsqlDataSource source,
        bool ownsSource,
        PostgresOptions? options,
        ILogger? logger,
        PostgresStatements statements,
        int writers = Writers,
        Func<IStoreSession, IStoreSession>? through = null,
        IMeterFactory? meters = null)
    {
        (this.source, this.ownsSource, this.statements) = (source, ownsSource, statements);
        options ??= new PostgresOptions();
        logger ??= NullLogger.Instance;
        PostgresConnections.Prepare(source, options.Migrate, logger);

        own = new PostgresOwnTransaction(source, statements, options.LockTimeout);
        var name = options.Notifications ? Guid.NewGuid().ToString("N") : null;
        through ??= session => session;
        metrics = new StoreMetrics(meters);
        commits = new GroupCommit(submitted, writers, LoneWriters) { Batched = metrics.Batch };
        // In the pool, whatever context the host is built in.
        for (var i = 0; i < writers; i++)
        {
            var session = through(new PostgresSession(source, statements, name));
            _ = Task.Run(() => commits.WriteAsync(session));
        }

        for (var i = 0; i < LoneWriters; i++)
        {
            var session = through(new PostgresSession(source, statements, name, options.LockTimeout));
            _ = Task.Run(() => commits.WriteAloneAsync(session));
        }

        listening = name is null
            ? Task.CompletedTask
            : Task.Run(() => new PostgresListener(source, statements, name, submitted, logger).ListenAsync(stopListening.Token));
    }

    /// <inheritdoc/>
    public Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        RunAsync(new Submission(task), transaction, cancellationToken);

    /// <inheritdoc/>
    public Task DecideAsync(
        IReadOnlyList<TaskDecision> decisions, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        RunAsync(new Deciding(decisions), transaction, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimOutcome>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default) =>
        commits.RunAsync(new Claiming(claim), cancellationToken);

    /// <inheritdoc/>
    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        commits.RunAsync(new Removal(age, after, limit), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        ReadTasksAsync(statements.Get, [PostgresRow.Array(ids, id => id.Value), PostgresRow.Value(project.Value)], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, CancellationToken cancellationToken = default) => filter.ImpliedState is { } state
        ? ReadTasksAsync(statements.PageOfState, [.. Filtered(filter), PostgresRow.Value(take), PostgresRow.Value(skip), PostgresRow.Value(state.ToString())], cancellationToken)
        : ReadTasksAsync(statements.Page, [.. Filtered(filter), PostgresRow.Value(take), PostgresRow.Value(skip)], cancellationToken);

    /// <inheritdoc/>
    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) => filter.ImpliedState is { } state
        ? CountAsync(statements.CountOfState, [.. Filtered(filter), PostgresRow.Value(limit), PostgresRow.Value(state.ToString())], cancellationToken)
        : CountAsync(statements.Count, [.. Filtered(filter), PostgresRow.Value(limit)], cancellationToken);

    /// <inheritdoc/>
    public async Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default)
    {
        QueueMeasure measured = null!;
        await ReadAsync(
            statements.Measure,
            [PostgresRow.Value(limit)],
            row => measured = new((int)row.GetInt64(0), (int)row.GetInt64(1), (int)row.GetInt64(2), Since(row, 3), Since(row, 4)),
            cancellationToken);
        return measured;

        static TimeSpan? Since(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetTimeSpan(column);
    }

    /// <inheritdoc/>
    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => submitted.WaitAsync(cancellationToken);

    /// <summary>Writes what is queued and closes the connections.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        await stopListening.CancelAsync();
        await commits.DisposeAsync();
        metrics.Dispose();
        await listening;
        if (ownsSource)
        {
            await source.DisposeAsync();
        }
    }

    private Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, DbTransaction? transaction, CancellationToken cancellationToken) =>
        transaction is null ? commits.RunAsync(operation, cancellationToken)
        : cancellationToken.IsCancellationRequested ? Task.FromCanceled<TAnswer>(cancellationToken)
        : own.RunAsync(operation, transaction);

    private static IEnumerable<NpgsqlParameter> Filtered(TaskFilter filter) =>
    [
        PostgresRow.Value(filter.Project.Value),
        PostgresRow.TimeUp(filter.CreatedFrom ?? DateTimeOffset.MinValue),
        PostgresRow.Time(filter.CreatedTo ?? DateTimeOffset.MaxValue),
        PostgresRow.Value(filter.Failed),
    ];

    private async Task<IReadOnlyList<SnapshotTask>> ReadTasksAsync(
        string statement, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        var tasks = new List<SnapshotTask>();
        await ReadAsync(statement, parameters, row => tasks.Add(PostgresRow.Read(row)), cancellationToken);
        return tasks;
    }

    private async Task<int> CountAsync(string statement, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        var count = 0;
        await ReadAsync(statement, parameters, row => count = (int)row.GetInt64(0), cancellationToken);
        return count;
    }

    private async Task ReadAsync(
        string statement, IEnumerable<NpgsqlParameter> parameters, Action<NpgsqlDataReader> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(stopListening.IsCancellationRequested, this);
        try
        {
            // One round trip is one transaction, with which the setting ends.
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var trip = new PostgresTrip(connection);
            trip.Read(statements.PlanAnew, _ => { });
            trip.Read(statement, read, parameters);
            await trip.MakeAsync(cancellationToken);
        }
        catch (NpgsqlException error)
        {
            throw PostgresErrors.Unavailable(error);
        }
    }
}
