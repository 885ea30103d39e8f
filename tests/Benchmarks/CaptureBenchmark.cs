using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Benchmarks;

/// <summary>What pictures cost: against ffmpeg's filter that decodes everything, and against a process for each picture.</summary>
internal static class CaptureBenchmark
{
    private static readonly Option<int> Length = BenchmarkCommand.Count("--seconds", 240, "How long the videos last");

    public static Command Command() => BenchmarkCommand.Create(
        "capture", "Processor seconds and time of captures, against ffmpeg called by hand.", RunAsync, Length, BenchmarkCommand.Pairs);

    private static async Task RunAsync(BenchmarkRun run)
    {
        await Tools.RequireAsync("ffmpeg:ffmpeg", "ffprobe:ffmpeg", "setpriv:util-linux");
        var videos = Directory.CreateDirectory(Path.Combine(run.Folder.FullName, "media", "videos")).FullName;
        await using var captures = new Captures(Path.Combine(run.Folder.FullName, "media"), BoxLevel.WithoutFiles);
        await using var unboxed = new Captures(Path.Combine(run.Folder.FullName, "media"), BoxLevel.None);
        var seconds = run.Options.GetRequiredValue(Length);
        var every = Sampling.Every(TimeSpan.FromSeconds(12));
        var ten = Sampling.At([.. Enumerable.Range(0, 10).Select(number => TimeSpan.FromMilliseconds((number * seconds * 100) + 40))]);

        foreach (var (group, figure) in new[] { (10, Figures.CaptureLongGroups), (2, Figures.CaptureShortGroups) })
        {
            var name = $"groups-of-{group}.mp4";
            await MakeAsync(videos, name, seconds, group * 25);
            await CompareAsync(run, figure, () => captures.TakeAsync(name, every), () => FilterAsync(videos, name));
        }

        await CompareAsync(run, Figures.CapturePoints, () => captures.TakeAsync("groups-of-2.mp4", ten), () => OneByOneAsync(videos, "groups-of-2.mp4", ten));
        await MakeAsync(videos, "no-index.h264", seconds, 50);
        await CompareAsync(run, Figures.CaptureThrough, () => captures.TakeAsync("no-index.h264", every), () => FilterAsync(videos, "no-index.h264"));

        await MakeAsync(videos, "small.mp4", 4, 25, "320x240");
        var one = Sampling.At(TimeSpan.FromSeconds(1));
        await CompareAsync(run, Figures.CaptureOne, () => captures.TakeAsync("small.mp4", one), () => OneByOneAsync(videos, "small.mp4", one), byTime: true);

        foreach (var (figure, name, sampling, count) in new[] { (Figures.CaptureBoxed, "groups-of-2.mp4", every, 2), (Figures.CaptureBoxedOne, "small.mp4", one, 10) })
        {
            await CompareAsync(run, figure, () => captures.TakeAsync(name, sampling, count), () => unboxed.TakeAsync(name, sampling, count), byTime: true);
        }
    }

    // In turn, so that what else the machine does meets both. Costs of the baseline over ours, or times where those count; the other way round where less is better.
    private static async Task CompareAsync(BenchmarkRun run, Figure figure, Func<Task> ours, Func<Task> theirs, bool byTime = false)
    {
        BenchmarkRun.Say($"{figure.Name} …");
        var (our, their) = (new List<Cost>(), new List<Cost>());
        for (var pair = 0; pair < run.Pairs; pair++)
        {
            our.Add(await Cost.OfAsync(ours));
            their.Add(await Cost.OfAsync(theirs));
        }

        run.Report.Add(figure, byTime
            ? our.Zip(their, (mine, yours) => figure.Direction == Better.Lower ? mine.Seconds / yours.Seconds : yours.Seconds / mine.Seconds).ToList().Median()
            : our.Zip(their, (mine, yours) => yours.Processor / mine.Processor).ToList().Median());
        foreach (var (name, costs) in new[] { ("ours", our), ("baseline", their) })
        {
            run.Report.AddRaw($"{figure.Name}.{name}.processor", "s", [.. costs.Select(cost => cost.Processor)]);
            run.Report.AddRaw($"{figure.Name}.{name}.time", "s", [.. costs.Select(cost => cost.Seconds)]);
            run.Report.AddRaw($"{figure.Name}.{name}.read", "MB", [.. costs.Select(cost => cost.Megabytes)]);
        }
    }

    private static Task MakeAsync(string folder, string name, int seconds, int group, string size = "1280x720") => FfmpegAsync(
        folder, "-y", "-f", "lavfi", "-i", $"testsrc2=size={size}:rate=25:duration={seconds}",
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", $"{group}", "-keyint_min", $"{group}", "-sc_threshold", "0", "-pix_fmt", "yuv420p", name);

    private static Task FilterAsync(string folder, string name) =>
        FfmpegAsync(folder, "-y", "-i", name, "-vf", "fps=1/12", "-q:v", "2", "filter-%05d.jpg");

    private static async Task OneByOneAsync(string folder, string name, Sampling sampling)
    {
        foreach (var (number, point) in sampling.Points.Index())
        {
            await FfmpegAsync(folder, "-y", "-ss", $"{point.TotalSeconds:0.###}", "-i", name, "-frames:v", "1", "-q:v", "2", $"one-{number}.jpg");
        }
    }

    private static async Task FfmpegAsync(string folder, params string[] arguments)
    {
        var ended = await CliWrap.Cli.Wrap("ffmpeg").WithArguments(["-nostdin", "-v", "error", .. arguments]).WithWorkingDirectory(folder).ExecuteAsync();
        if (!ended.IsSuccess)
        {
            throw new InvalidOperationException("ffmpeg failed.");
        }
    }

    /// <summary>The capture of a worker, called without one.</summary>
    private sealed class Captures : IAsyncDisposable
    {
        private readonly ServiceProvider services;

        public Captures(string root, BoxLevel most)
        {
            var services = new ServiceCollection().AddLogging();
            services.AddSingleton<ICapture>(provider => ActivatorUtilities.CreateInstance<FfmpegCapture>(provider, most));
            new SnapshotTasksBuilder(services).UseInMemory().AddWorker(worker => worker.Concurrency = Environment.ProcessorCount).AddFfmpeg(ffmpeg => ffmpeg.MediaRoot = root);
            this.services = services.BuildServiceProvider();
        }

        /// <summary>As many captures at a time as there are cores, each some times.</summary>
        public Task TakeAsync(string name, Sampling sampling, int count) => Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(async _ =>
        {
            for (var taken = 0; taken < count; taken++)
            {
                await TakeAsync(name, sampling);
            }
        }));

        public async Task TakeAsync(string name, Sampling sampling)
        {
            var store = services.GetRequiredService<ITaskStore>();
            await store.AddAsync(new NewTask(new ProjectId("benchmark"), new SnapshotRequest(new("videos", "here", name), new("pictures", "here", "out"), sampling)));
            var claimed = await store.ClaimAsync(new Claim("benchmark", TimeSpan.FromHours(1)));
            var result = await services.GetRequiredService<ICapture>().CaptureAsync(new CaptureRun(claimed[0].Task, _ => Task.CompletedTask), CancellationToken.None);
            if (result.Failure is { } failure)
            {
                throw new InvalidOperationException(failure.Reason);
            }
        }

        public ValueTask DisposeAsync() => services.DisposeAsync();
    }
}
