using System.CommandLine;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Benchmarks;

/// <summary>One decision in memory: what MediatR, FluentValidation and the machine cost without any disk.</summary>
internal static class DecideBenchmark
{
    public static Command Command() => BenchmarkCommand.Create(
        "decide", "One cancel through MediatR, FluentValidation and the machine, in memory.", RunAsync);

    private static Task RunAsync(BenchmarkRun run)
    {
        // In this process: the figure is about microseconds, and a project generated and built for it would take a minute.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithInvocationCount(CancelDecision.Tasks).WithWarmupCount(60).WithIterationCount(100);
        var summary = BenchmarkRunner.Run<CancelDecision>(ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(run.Folder.FullName)
            .WithOptions(ConfigOptions.DisableLogFile));
        foreach (var report in summary.Reports.Where(report => report.Success))
        {
            var name = $"decide.{report.BenchmarkCase.Descriptor.WorkloadMethod.Name.ToLowerInvariant()}";
            var microseconds = report.AllMeasurements
                .Where(measured => measured.IterationMode == BenchmarkDotNet.Engines.IterationMode.Workload && measured.IterationStage == BenchmarkDotNet.Engines.IterationStage.Result)
                .Select(measured => measured.Nanoseconds / measured.Operations / 1000).ToList();
            var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase)!.Value;
            run.Report.AddRaw($"{name}.time", "µs", microseconds);
            run.Report.AddRaw($"{name}.memory", "B", bytes);
            if (report.BenchmarkCase.Descriptor.WorkloadMethod.Name == nameof(CancelDecision.Cancelled))
            {
                run.Report.Add(Figures.DecideTime, microseconds.Median());
                run.Report.Add(Figures.DecideMemory, bytes);
            }
        }

        return summary.Reports.Length == 2 && summary.Reports.All(report => report.Success)
            ? Task.CompletedTask
            : throw new InvalidOperationException($"BenchmarkDotNet did not measure: {string.Join(' ', summary.ValidationErrors.Select(error => error.Message))}");
    }
}

/// <summary>Cancels that are kept, each of another task, and cancels that are refused.</summary>
/// <remarks>Public and not sealed, because BenchmarkDotNet derives from it.</remarks>
[MemoryDiagnoser]
public class CancelDecision
{
    /// <summary>How many tasks an iteration cancels.</summary>
    public const int Tasks = 2048;

    private readonly ServiceProvider services;
    private readonly IMediator mediator;
    private InMemoryTaskStore store = new InMemoryTaskStore(TimeProvider.System);
    private int next;

    public CancelDecision()
    {
        // Each iteration has a store of its own, so that none grows over a run.
        services = new ServiceCollection()
            .AddSnapshotTasks(tasks => tasks.Services.AddTransient<ITaskStore>(_ => store))
            .BuildServiceProvider();
        mediator = services.GetRequiredService<IMediator>();
    }

    [IterationSetup]
    public void Queue()
    {
        store = new InMemoryTaskStore(TimeProvider.System);
        next = 0;
        for (var i = 0; i < Tasks; i++)
        {
            store.AddAsync(Sample.NewTask).GetAwaiter().GetResult();
        }
    }

    [Benchmark]
    public Task<CancelOutcome> Cancelled() => Send(++next);

    [Benchmark]
    public Task<CancelOutcome> Refused() => Send(1);

    private Task<CancelOutcome> Send(long id) => mediator.Send(new CancelSnapshotTask(Sample.Project, new TaskId(id)));
}
