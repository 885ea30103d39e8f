namespace SnapshotTasks.Tests;

public sealed class HostileFlipTests(CaptureClips clips)
{
    private const int Flips = 300, AtOnce = 4, Seed = 20260717;

    private readonly HostileClips honest = new(clips);

    [Fact]
    public async Task Three_hundred_damaged_videos_give_pictures_or_fail_with_a_sentence()
    {
        await using var studio = new HostileStudio(honest);
        IReadOnlyList<(string Name, byte[] Bytes)> bases =
            [("MP4", honest.Mp4), ("Matroska", honest.Mkv), ("MPEG-TS", honest.Ts), ("AVI", honest.Avi), ("FLV", honest.Flv), ("Ogg", honest.Ogg)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };

        await Parallel.ForEachAsync(Enumerable.Range(0, Flips), options, async (number, stop) =>
        {
            var (name, bytes) = bases[number % bases.Count];
            var (input, output) = ($"flipped{number}", $"out{number}");
            await File.WriteAllBytesAsync(studio.Studio.PathOf(input), Flipped(bytes, Seed + number), stop);
            try
            {
                var result = await studio.TakeAsync(CaptureStudio.Request(number % 2 == 0 ? CaptureStudio.Every(1) : CaptureStudio.At(0.3, 1.1), output, input));
                studio.HasNoCanary(result, output);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{name} of seed {Seed + number}: {exception.Message}", exception);
            }
        });

        studio.IsQuiet();
    }

    // Half of the flips near the start, where headers are; the others anywhere.
    private static byte[] Flipped(byte[] bytes, int seed)
    {
        var random = new Random(seed);
        var flipped = bytes.ToArray();
        for (var flips = random.Next(1, 21); flips > 0; flips--)
        {
            flipped[random.Next(flips % 2 == 0 ? 1000 : bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return flipped;
    }
}
