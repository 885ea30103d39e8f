using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks.Tests;

/// <summary>A real host with a worker, on a store that may be shared.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    public static readonly ProjectId Project = new("project");

    private readonly IHost host;
    private readonly LogLines lines = new();

    private WorkerHost(ITaskStore store, ICapture? capture, Action<WorkerOptions> configure, TimeProvider time, string mediaRoot)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(lines);
        builder.Services.AddSingleton(time);
        if (capture is not null)
        {
            builder.Services.AddSingleton(capture);
        }

        // Without the sweep, which waits on the same clock and has tests of its own.
        builder.Services.AddSnapshotTasks(tasks => tasks.UseStore(_ => store).UseRetention(retention => retention.Age = TimeSpan.Zero).AddWorker(options =>
        {
            options.Poll = TimeSpan.FromMilliseconds(50);
            options.Shutdown = TimeSpan.FromSeconds(5);
            configure(options);
        }).AddFfmpeg(options => options.MediaRoot = mediaRoot));
        host = builder.Build();
    }

    public WorkerCounters Counters => host.Services.GetRequiredService<WorkerCounters>();

    public IServiceProvider Services => host.Services;

    public IImmediateWorker Immediate => host.Services.GetRequiredService<IImmediateWorker>();

    public IReadOnlyCollection<string> Log => lines.Lines;

    public static async Task<WorkerHost> StartAsync(
        ITaskStore store, ICapture? capture = null, Action<WorkerOptions>? configure = null, TimeProvider? time = null, string mediaRoot = "media")
    {
        var host = new WorkerHost(store, capture, configure ?? (_ => { }), time ?? TimeProvider.System, mediaRoot);
        await host.host.StartAsync();
        return host;
    }

    public static async Task<TaskId> SubmitAsync(ITaskStore store, SnapshotRequest? request = null) =>
        (await store.AddAsync(new NewTask(Project, request ?? CaptureStudio.Request(CaptureStudio.At(1))))).Task.Id;

    public static async Task<SnapshotTask> GetAsync(ITaskStore store, TaskId id) => (await store.GetAsync(Project, [id])).Single();

    public static Task<SnapshotTask> UntilAsync(ITaskStore store, TaskId id, Func<SnapshotTask, bool> condition) =>
        UntilAsync(store, id, Project, condition);

    public static async Task<SnapshotTask> UntilAsync(ITaskStore store, TaskId id, ProjectId project, Func<SnapshotTask, bool> condition)
    {
        SnapshotTask task = null!;
        await UntilAsync(async () => condition(task = (await store.GetAsync(project, [id])).Single()), () => $"task {id}, which is {task}");
        return task;
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), () => what);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            waiting.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(15), "the test waits for {0}", what());
            await Task.Delay(10);
        }
    }

    public Task StopAsync() => host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}

/// <summary>What a host has said.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}

/// <summary>An embedder's own capture, which goes on until the test lets it end.</summary>
internal sealed class PatientCapture : ICapture
{
    private readonly TaskCompletionSource<CaptureResult> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int running;
    private int stopped;

    public int Running => running;

    public int Stopped => stopped;

    public int Most { get; private set; }

    public ConcurrentQueue<TaskId> GivenUp { get; } = new();

    public void End(CaptureResult? result = null) => end.TrySetResult(result ?? CaptureResult.Taken(["1.jpg"]));

    public void Break(Exception exception) => end.TrySetException(exception);

    void ICapture.GivenUp(SnapshotTask task)
    {
        GivenUp.Enqueue(task.Id);
        throw new InvalidOperationException("A capture that cannot clean up keeps no task from running.");
    }

    public async Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
    {
        Most = Math.Max(Most, Interlocked.Increment(ref running));
        try
        {
            return await end.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref stopped);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }
}

/// <summary>A real store that a test can cut off, and that counts what is asked of it.</summary>
internal sealed class CutOffStore(ITaskStore store) : PassingStore(store)
{
    private int claims;
    private int measures;

    /// <summary>Fails calls that would be made; the answer of those that return null is the store's.</summary>
    public Func<Exception?> OnClaim { get; set; } = () => null;

    public Func<Exception?> OnDecide { get; set; } = () => null;

    /// <summary>Loses the answer of decisions that were kept.</summary>
    public Func<Exception?> AfterDecide { get; set; } = () => null;

    public Func<Exception?> OnMeasure { get; set; } = () => null;

    /// <summary>What is said to keep the store from writing.</summary>
    public string? Obstacle { get; set; }

    /// <summary>What measuring waits for.</summary>
    public Task Measuring { get; set; } = Task.CompletedTask;

    public int Claims => claims;

    public int Measures => measures;

    public ConcurrentQueue<int> Wanted { get; } = new();

    public override async Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        ThrowIfAny(OnDecide());
        var decided = await base.DecideAsync(decision, transaction, cancellationToken);
        ThrowIfAny(AfterDecide());
        return decided;
    }

    public override Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref claims);
        Wanted.Enqueue(claim.Count);
        ThrowIfAny(OnClaim());
        return base.ClaimAsync(claim, cancellationToken);
    }

    public override async Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref measures);
        await Measuring;
        ThrowIfAny(OnMeasure());
        return (await base.MeasureAsync(limit, cancellationToken)) with { Obstacle = Obstacle };
    }

    private static void ThrowIfAny(Exception? exception)
    {
        if (exception is not null)
        {
            throw exception;
        }
    }
}
