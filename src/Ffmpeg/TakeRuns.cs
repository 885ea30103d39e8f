using System.Globalization;

namespace SnapshotTasks;

/// <summary>A picture that was taken.</summary>
/// <param name="File">Its file in the folder of the attempt.</param>
/// <param name="Time">The time that it shows.</param>
/// <param name="Seek">Where its video was read from.</param>
/// <param name="IsBlack">Whether it is to be skipped as black.</param>
internal sealed record Picture(string File, long Time, long? Seek, bool IsBlack);

/// <summary>What a take has given.</summary>
internal sealed class Shown(TakeOutput output, Stamps stamps, IReadOnlyList<bool> black, string folder)
{
    /// <summary>The time stamps of its frames.</summary>
    public Stamps Stamps => stamps;

    /// <summary>The picture of the last frame that was read.</summary>
    public Picture Last => PictureAt(stamps.Outputs.Count - 1, stamps.Outputs[^1]);

    /// <summary>The picture displayed at the wanted time of an index.</summary>
    public Picture At(int wanted) => PictureAt(stamps.OutputOf(wanted)!.Value, output.Take.Wanted[wanted]);

    /// <summary>The time stamp of the frame that is shown for the wanted time of an index.</summary>
    public long? StampOf(int wanted) => stamps.OutputOf(wanted) is { } place ? stamps.Outputs[place] : null;

    /// <summary>Whether there is a picture for all that was wanted.</summary>
    public bool IsWhole =>
        Enumerable.Range(0, output.Take.Wanted.Count).All(wanted => stamps.OutputOf(wanted) is { } place && Has(place))
        && (output.Take.Until is not null || Has(stamps.Outputs.Count - 1));

    private bool Has(int place) => File.Exists(Path.Combine(folder, output.Picture(place)));

    private Picture PictureAt(int place, long time) => new(output.Picture(place), time, output.Take.Seek, place < black.Count && black[place]);
}

/// <summary>Has ffmpeg take pictures into the folder of an attempt, of a bounded number of inputs at once.</summary>
/// <param name="programs">The programs.</param>
/// <param name="task">The task.</param>
/// <param name="video">The video.</param>
/// <param name="look">How the pictures look.</param>
/// <param name="folder">The folder.</param>
/// <param name="threads">How many threads may decode.</param>
internal sealed class TakeRuns(FfmpegPrograms programs, TaskId task, Video video, PictureLook look, string folder, int threads)
{
    private const string Blackness = "lavfi.blackframe.pblack";

    // The memory of a process, and the decoded frames that an input holds.
    private const long Memory = 1_000_000_000, Frames = 20;

    private const int MostInputs = 24;

    private int taken;

    /// <summary>How many threads may decode.</summary>
    public int Threads => threads;

    private int Inputs
    {
        get
        {
            var frame = (long)video.Stored.Width * video.Stored.Height * (video.Colours.IsDeep ? 3 : 2);
            return (int)Math.Clamp(Memory / (Frames * frame), 1, MostInputs);
        }
    }

    /// <summary>Takes pictures; of a take that gave none there is nothing.</summary>
    public async Task<IReadOnlyList<Shown?>> TakeAsync(IReadOnlyList<Take> takes, Reading reading, CancellationToken stop)
    {
        var all = new List<Shown?>();
        foreach (var some in takes.Chunk(Inputs))
        {
            IReadOnlyList<TakeOutput> outputs = [.. some.Select(take => Displayed(take, reading))];
            var ended = await programs.TakeAsync(task, video, outputs, reading, folder, stop);
            IReadOnlyList<Shown?> shown = [.. outputs.Select(Read)];
            if (ended.ExitCode != 0 && shown.Any(it => it is not { IsWhole: true }) && Complaints.OfTake(ended.Errors) is { Code: FailureCode.SystemError } failure)
            {
                throw failure;
            }

            all.AddRange(shown);
        }

        return all;
    }

    /// <summary>Takes the first picture from a time on that is not black; none when only black follows.</summary>
    public async Task<Picture?> TakeNotBlackAsync(BlackFrames black, long from, long? seek, Reading reading, CancellationToken stop)
    {
        var number = taken++;
        var take = new Take(seek, [from], null);
        var output = new TakeOutput(number, take, 1,
        [
            .. FrameFilters.From(video, take, reading.Time, TakeOutput.Stamps(number)),
            .. PictureFilters.For(
                video, look.Width, look.Height,
                Measure(black),
                // The half keeps clear of the limit itself, which some versions count as less.
                $"metadata=mode=select:key={Blackness}:value={black.Amount - 1}.5:function=less",
                Print(number)),
        ]);
        await programs.TakeAsync(task, video, [output], reading, folder, stop);
        var stamp = Lines(TakeOutput.Blackness(number)).Select(Stamps.StampIn).FirstOrDefault(it => it is not null);
        return stamp is { } time && File.Exists(Path.Combine(folder, output.Picture(0))) ? new Picture(output.Picture(0), time, seek, false) : null;
    }

    private static string Measure(BlackFrames black) => $"blackframe=amount=0:threshold={black.Threshold.ToString(CultureInfo.InvariantCulture)}";

    private static string Print(int number) => $"metadata=mode=print:key={Blackness}:file={TakeOutput.Blackness(number)}";

    private TakeOutput Displayed(Take take, Reading reading)
    {
        var number = taken++;
        return new(number, take, take.Wanted.Count + 1,
        [
            .. FrameFilters.Displayed(video, take, reading.Time, TakeOutput.Stamps(number)),
            .. PictureFilters.For(video, look.Width, look.Height, look.Black is { } black ? [Measure(black), Print(number)] : []),
        ]);
    }

    private Shown? Read(TakeOutput output)
    {
        var stamps = Stamps.Read(Lines(TakeOutput.Stamps(output.Number)), output.Take);
        return stamps.Outputs.Count == 0 ? null : new(output, stamps, look.Black is null ? [] : Black(output.Number, look.Black), folder);
    }

    private IReadOnlyList<bool> Black(int number, BlackFrames black) =>
    [
        .. Lines(TakeOutput.Blackness(number))
            .Where(line => line.StartsWith($"{Blackness}=", StringComparison.Ordinal))
            .Select(line => int.Parse(line.AsSpan(Blackness.Length + 1), CultureInfo.InvariantCulture) >= black.Amount),
    ];

    private IEnumerable<string> Lines(string file) => Path.Combine(folder, file) is var path && File.Exists(path) ? File.ReadLines(path) : [];
}
