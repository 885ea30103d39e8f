using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Calls ffprobe and ffmpeg in the box, and says what went wrong when they could not do it.</summary>
internal sealed class FfmpegPrograms : IDisposable
{
    // The signal that ends a program whose file grows beyond what the box lets it have.
    private const int FileTooLarge = 25;

    // The signals of a program that has gone wrong by itself: an illegal instruction, a failed check, a wrong address or number.
    private static readonly int[] Crashes = [4, 6, 7, 8, 11];

    private readonly string ffmpeg = ChildProcesses.Find("ffmpeg", "ffmpeg");
    private readonly string ffprobe = ChildProcesses.Find("ffprobe", "ffmpeg");
    private readonly ChildProcesses children = new();
    private readonly long maxOutput;
    private readonly ILogger log;

    /// <param name="maxOutput">How many bytes the pictures of a task may have.</param>
    /// <param name="log">Hears of what programs say.</param>
    /// <param name="most">The strictest level of the box that is tried; the benchmark compares.</param>
    public FfmpegPrograms(long maxOutput, ILogger log, BoxLevel most = BoxLevel.WithoutFiles)
    {
        (this.maxOutput, this.log) = (maxOutput, log);
        Box = new Box(children, [ffprobe, ffmpeg], maxOutput, log, most);
    }

    /// <summary>The box in which they run.</summary>
    public Box Box { get; }

    /// <summary>Describes a file by what it says of itself and by its first pictures.</summary>
    public async Task<Video> DescribeAsync(TaskId task, MediaInput input, CancellationToken stop)
    {
        try
        {
            using var usual = await DescribeAsync(task, input, sparse: false, stop);
            if (!usual.IsIncomplete)
            {
                return await WithLinesJudgedAsync(task, usual.Choose(), stop);
            }

            using var longer = await DescribeAsync(task, input, sparse: true, stop);
            return await WithLinesJudgedAsync(task, longer.Choose(), stop);
        }
        catch (JsonException exception)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input cannot be described.", exception);
        }
    }

    /// <summary>Looks at the packets of the video, or of all tracks: at those to which seeks to some times lead and at the last ones, or at all.</summary>
    public async Task<Look> LookAsync(TaskId task, Video video, IReadOnlyList<long>? times, CancellationToken stop, bool allTracks = false)
    {
        var look = new Look(video.Distance, whole: times is null);
        await LookAsync(task, video, look, FfmpegArguments.Look(video, times, allTracks), stop);
        return look.IsTooLong
            ? throw new CaptureFailedException(FailureCode.InvalidInputData, string.Create(CultureInfo.InvariantCulture, $"The video has more than {Look.MostPackets} pictures."))
            : look;
    }

    /// <summary>Looks at the packets from the key frames to some times; none when these are so many that seeking may not pay.</summary>
    public async Task<Look?> LookTowardsAsync(TaskId task, Video video, IReadOnlyList<long> times, CancellationToken stop)
    {
        var look = new Look(video.Distance, places: true, most: Math.Max(0, ((video.StatedEnd ?? 0) - video.First) / video.Distance / 2));
        await LookAsync(task, video, look, FfmpegArguments.Look(video, times, towards: true), stop);
        return look.IsTooLong ? null : look;
    }

    /// <summary>Takes pictures into a folder.</summary>
    public async Task<ChildResult> TakeAsync(TaskId task, Video video, IReadOnlyList<TakeOutput> takes, Reading reading, string folder, CancellationToken stop)
    {
        using var bound = new OutputBound(folder, maxOutput, stop);
        try
        {
            return await RunAsync(
                task, video.Input, ffmpeg, FfmpegArguments.Take(video, takes, reading), folder, new ChildEars(null, [.. Complaints.OfCutFiles, .. Complaints.OfMemory]), bound.Stop);
        }
        catch (OperationCanceledException) when (bound.Exceeded is { } exceeded && !stop.IsCancellationRequested)
        {
            throw exceeded;
        }
    }

    public void Dispose() => children.Dispose();

    private async Task LookAsync(TaskId task, Video video, Look look, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        void Add(string line)
        {
            look.Add(line);
            if (look.IsTooLong)
            {
                stopping.Cancel();
            }
        }

        try
        {
            var ears = new ChildEars(Add, [.. Complaints.OfCutFiles, .. Complaints.OfMemory]);
            var result = await RunAsync(task, video.Input, ffprobe, arguments, null, ears, stopping.Token);
            look.Complete(isCut: Complaints.OfCutFiles.Any(result.Said.Contains));
        }
        catch (OperationCanceledException) when (look.IsTooLong && !stop.IsCancellationRequested)
        {
            // As when the last packets came while the program ended.
        }
    }

    private async Task<Description> DescribeAsync(TaskId task, MediaInput input, bool sparse, CancellationToken stop)
    {
        var described = await RunAsync(task, input, ffprobe, FfmpegArguments.Describe(input, sparse), null, new ChildEars(null, [.. Complaints.OfMemory, Complaints.OfTracks]), stop);
        return described.ExitCode == 0 ? new Description(input, described.Output, sparse) : throw Complaints.OfInput(input, described.Errors);
    }

    // Flags alone lie, and eyes alone are fooled: lines are interlaced where both say so.
    private async Task<Video> WithLinesJudgedAsync(TaskId task, Video video, CancellationToken stop)
    {
        if (!video.IsInterlaced)
        {
            return video;
        }

        var judged = await RunAsync(task, video.Input, ffmpeg, FfmpegArguments.JudgeLines(video), null, new ChildEars(null, Complaints.OfMemory), stop);
        return video with { IsInterlaced = !LineJudgement.SaysProgressive(judged.Output) };
    }

    private async Task<ChildResult> RunAsync(
        TaskId task, MediaInput input, string program, IReadOnlyList<string> arguments, string? folder, ChildEars ears, CancellationToken stop)
    {
        var result = await StartAsync(await Box.WrapAsync(program, arguments, new(input.Descriptor, folder)), ears, stop);

        // The place of the input is nobody's business who reads logs, and must not be taken for a cause.
        result = result with { Errors = result.Errors.Replace(input.Name, "input", StringComparison.Ordinal) };
        var name = Path.GetFileName(program);
        log.ChildEnded(result.ExitCode == 0 ? LogLevel.Debug : LogLevel.Information, name, task, result.ExitCode, result.Errors);
        return result.ExitCode != 0 && Complaints.IsOfLauncher(result.Errors) ? throw new MachineFailedException($"{name} cannot be started: {result.Errors}")
            : result.ExitCode != 0 && result.Said.Contains(Complaints.OfTracks)
                ? throw new CaptureFailedException(FailureCode.InvalidFormat, $"The input has more than {FfmpegArguments.MostTracks} tracks.")
            : Complaints.OfMemory.Any(result.Said.Contains)
                ? throw new CaptureFailedException(FailureCode.SystemError, "The video takes more memory than a capture may have.")
            : result.ExitCode == 128 + FileTooLarge ? throw OutputBound.TooMuch(maxOutput)
            : Crashes.Contains(result.ExitCode - 128)
                ? throw new CaptureFailedException(FailureCode.InvalidFormat, $"The video cannot be read: {name} breaks down on it.")
            : result.ExitCode is > 128 and <= 192
                ? throw new CaptureFailedException(FailureCode.SystemError, $"{name} was ended by signal {result.ExitCode - 128}.") { MayPass = true }
                : result;
    }

    private async Task<ChildResult> StartAsync(BoxedCommand command, ChildEars ears, CancellationToken stop)
    {
        try
        {
            return await children.RunAsync(command, stop, ears);
        }
        catch (Exception exception) when (exception is Win32Exception || exception.InnerException is Win32Exception)
        {
            throw new MachineFailedException($"No program can be started: {exception.Message}", exception);
        }
    }
}
