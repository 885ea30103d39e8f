using System.Diagnostics;
using System.Text.Json;

namespace SnapshotTasks.Tests;

/// <summary>The benchmarks at a size that measures nothing: they run, and their reports have the names that others rely on.</summary>
public sealed class BenchmarkTests : IDisposable
{
    // A benchmark on PostgreSQL makes many databases, each of which is synced to the disk.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("queue --store sqlite --clients 8 --tasks 100 --pairs 1", "queue.sqlite.submit queue.sqlite.cancel queue.sqlite.claim-complete")]
    [InlineData("latency --store sqlite --tasks 20 --pairs 1", "latency.sqlite.cancel")]
    [InlineData("depth --store sqlite --tasks 1000 --calls 5 --pairs 1", "depth.sqlite.claim depth.sqlite.cancel depth.sqlite.first-page depth.sqlite.filtered-page")]
    [InlineData("notifications --store sqlite --clients 8 --tasks 100 --pairs 1", "notifications.sqlite.cancel")]
    [InlineData("memory --store sqlite --clients 8 --tasks 100", "memory.sqlite.peak")]
    [InlineData("capture --pairs 1 --seconds 24", "capture.groups-of-10 capture.groups-of-2 capture.ten-points capture.no-index capture.one-point capture.boxed capture.boxed-one-point")]
    [InlineData(
        "queue --store postgres --clients 8 --tasks 100 --pairs 1",
        "queue.postgres.submit queue.postgres.cancel queue.postgres.cancel.many-callers queue.postgres.claim-complete "
        + "queue.postgres.submit.hangfire queue.postgres.cancel.hangfire queue.postgres.claim-complete.hangfire")]
    [InlineData("latency --store postgres --tasks 20 --pairs 1", "latency.postgres.cancel")]
    [InlineData("churn --store sqlite --tasks 1000 --calls 20 --pairs 1", "churn.sqlite.claim")]
    [InlineData("steering --store sqlite --tasks 1000 --cancels 500 --calls 50 --pairs 1", "pause.sqlite.claim pause.sqlite.strangers cancel-many.sqlite.rate cancel-many.sqlite.strangers")]
    [InlineData("events --store sqlite --clients 8 --tasks 100 --pairs 1", "events.sqlite.history")]
    [InlineData("turns --store sqlite --tasks 1000 --calls 5 --pairs 1", "turns.sqlite.claim-1 turns.sqlite.claim-32 turns.sqlite.share")]
    [InlineData("churn --store postgres --tasks 1000 --calls 20 --pairs 1", "churn.postgres.claim")]
    [InlineData("depth --store postgres --tasks 1000 --calls 5 --pairs 1", "depth.postgres.claim depth.postgres.cancel depth.postgres.first-page depth.postgres.filtered-page")]
    public async Task A_benchmark_reports_its_figures_by_name(string command, string names)
    {
        var file = Path.Combine(folder, "report.json");

        var (exitCode, output) = await RunAsync([.. command.Split(' '), "--json", file]);

        exitCode.Should().Be(0, output);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var figures = report.RootElement.GetProperty("figures").EnumerateArray().ToList();
        figures.Select(figure => figure.GetProperty("name").GetString()).Should().Equal(names.Split(' '));
        foreach (var figure in figures)
        {
            figure.GetProperty("value").GetDouble().Should().BePositive();
            var (floor, met) = (figure.GetProperty("floor").ValueKind, figure.GetProperty("floorMet").ValueKind);
            (floor == JsonValueKind.Number).Should().Be(met is JsonValueKind.True or JsonValueKind.False, "what has a floor is judged by it");
            output.Should().Contain($"| {figure.GetProperty("name").GetString()} ");
        }

        report.RootElement.GetProperty("machine").GetProperty("sqlite").GetString().Should().MatchRegex(@"^3\.\d+\.\d+$");
        report.RootElement.GetProperty("raw").GetArrayLength().Should().BePositive();
        if (command.Contains("postgres", StringComparison.Ordinal))
        {
            var server = report.RootElement.GetProperty("server").GetString();
            server.Should().MatchRegex(@"^PostgreSQL \d+.*, fsync on, synchronous_commit on, full_page_writes on, .*shared_buffers \d+MB, ");
            output.Should().Contain(server);
        }
    }

    [Theory]
    [InlineData("queue --store paper", "paper")]
    [InlineData("queue --tasks 0", "--tasks must be at least 1")]
    [InlineData("queue --data /dev/shm/benchmarks", "kept in memory")]
    public async Task A_wrong_option_is_refused_before_anything_is_measured(string command, string reason)
    {
        var (exitCode, output) = await RunAsync(command.Split(' '));

        exitCode.Should().NotBe(0);
        output.Should().Contain(reason).And.NotContain("   at ");
    }

    // Built beside these tests, but not copied among them: it brings far more than they need.
    private static async Task<(int ExitCode, string Output)> RunAsync(string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Host.Tests", "Benchmarks", StringComparison.Ordinal), "SnapshotTasks.Benchmarks.dll");
        using var run = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync().WaitAsync(Patience);
        return (run.ExitCode, await output + await error);
    }
}
