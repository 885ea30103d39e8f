using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

public sealed class CaptureChildTests(CaptureClips clips) : IDisposable
{
    private static readonly Sampling ThroughTheWholeVideo = CaptureStudio.Every(100);

    private readonly CaptureStudio studio = new();
    private readonly InMemoryTaskStore store = new(TimeProvider.System);

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task A_capture_past_its_time_limit_is_killed_and_the_task_fails()
    {
        await using var host = await RunAsync(options => options.TimeLimit = TimeSpan.FromSeconds(1.5));

        var ended = await UntilAsync(store, new TaskId(1), task => task.State == TaskState.Completed);

        ended.Failure.Should().Be(new Failure(FailureCode.SystemError, "The capture took longer than the time limit of 1.5 s."));
        NothingIsLeft();
    }

    [Fact]
    public async Task A_capture_that_loses_its_lease_is_killed()
    {
        await using var host = await RunAsync(options => options.Lease = TimeSpan.FromSeconds(1.5));
        var running = await GetAsync(store, new TaskId(1));

        await store.DecideAsync(TaskDecision.Release(running.Id, running.Lease!), cancellationToken: TestContext.Current.CancellationToken);
        await store.ClaimAsync(new Claim("another", TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);

        await UntilAsync(() => host.Counters.LeasesLost == 1, "the loss");
        NothingIsLeft();
    }

    [Fact]
    public async Task A_capture_is_killed_when_the_host_waits_no_longer()
    {
        var host = await RunAsync(options => options.Shutdown = TimeSpan.Zero);

        await host.DisposeAsync();

        NothingIsLeft();
        (await GetAsync(store, new TaskId(1))).Lease!.Holder.Should().BeEmpty();
    }

    [Fact]
    public async Task A_child_does_not_outlive_its_host_when_that_is_killed()
    {
        studio.With(clips.Lasting);
        using var host = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, HostArguments())
        {
            Environment = { [CaptureInAnotherProcess.MediaRoot] = studio.Root },
            RedirectStandardOutput = true,
        })!;
        await UntilAsync(() => Children().Count > 0, "ffmpeg");

        host.Kill(entireProcessTree: false);
        await host.WaitForExitAsync(TestContext.Current.CancellationToken);

        await UntilAsync(() => Children().Count == 0, "the end of ffmpeg");
    }

    [Fact]
    public async Task A_child_outlives_the_thread_that_asked_for_it()
    {
        using var children = new ChildProcesses();
        Task<ChildResult> child = null!;
        var asking = new Thread(() => child = children.RunAsync(new BoxedCommand(ChildProcesses.Find("sleep", "coreutils"), ["0.3"], "/"), CancellationToken.None));
        asking.Start();
        asking.Join();

        (await child).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Whatever_a_child_says_only_a_bounded_part_is_kept()
    {
        using var children = new ChildProcesses();
        var said = await children.RunAsync(
            new BoxedCommand(ChildProcesses.Find("sh", "dash"), ["-c", "head -c 3000000 /dev/zero | tr '\\0' x; (head -c 100000 /dev/zero | tr '\\0' y; echo end) >&2"], "/"),
            CancellationToken.None);

        said.Output.Should().HaveLength(1 << 20);
        said.Errors.Should().HaveLength(4096).And.EndWith("yend\n");
    }

    private async Task<WorkerHost> RunAsync(Action<WorkerOptions> configure)
    {
        studio.With(clips.Lasting);
        await SubmitAsync(store, CaptureStudio.Request(ThroughTheWholeVideo));
        var host = await StartAsync(
            store,
            configure: options =>
            {
                options.Poll = TimeSpan.FromHours(1);
                configure(options);
            },
            mediaRoot: studio.Root);
        await UntilAsync(() => Children().Count > 0, "ffmpeg");
        return host;
    }

    private void NothingIsLeft()
    {
        Children().Should().BeEmpty();
        studio.Content().Should().Equal("video.mp4");
    }

    /// <summary>The processes that look at videos of this test's media root, or take pictures of them.</summary>
    private List<(int Id, string Name)> Children() => [.. CaptureProcesses.Reading(studio.Root)];

    // The runner may be the test's own executable or dotnet with its assembly.
    private static string[] HostArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(CaptureChildTests).Assembly.Location] : [];
}

/// <summary>Makes a process of this assembly a host that captures for ever, when the environment says so.</summary>
internal static class CaptureInAnotherProcess
{
    public const string MediaRoot = "SNAPSHOT_TEST_CAPTURES_IN";

    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(MediaRoot) is { } root)
        {
            // Nothing on this process's standard output may reach the runner of the test.
            Console.SetOut(TextWriter.Null);
            CaptureAsync(root).GetAwaiter().GetResult();
        }
    }

    private static async Task CaptureAsync(string root)
    {
        using var capture = new FfmpegCapture(new MediaFolder(Options.Create(new FfmpegOptions { MediaRoot = root })), Options.Create(new WorkerOptions()), NullLogger<FfmpegCapture>.Instance);
        var store = new InMemoryTaskStore(TimeProvider.System);
        await SubmitAsync(store, CaptureStudio.Request(CaptureStudio.Every(100)));
        var claimed = await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)));
        await capture.CaptureAsync(new CaptureRun(claimed[0].Task, _ => Task.CompletedTask), CancellationToken.None);
        await Task.Delay(Timeout.Infinite);
    }
}
