using System.CommandLine;
using SnapshotTasks.Benchmarks;

var root = new RootCommand("SnapshotTasks measured against what one would write by hand, on this machine.")
{
    AllBenchmarks.Command(),
    QueueBenchmark.Command(),
    LatencyBenchmark.Command(),
    DepthBenchmark.Command(),
    ChurnBenchmark.Command(),
    TurnsBenchmark.Command(),
    SteeringBenchmark.Command(),
    EventsBenchmark.Command(),
    HttpBenchmark.Command(),
    DecideBenchmark.Command(),
    AuthBenchmark.Command(),
    MemoryBenchmark.Command(),
    NotificationsBenchmark.Command(),
    StartupBenchmark.Command(),
    CaptureBenchmark.Command(),
    ServerWithEmptyEndpoint.Command(),
};
return await root.Parse(args).InvokeAsync();
