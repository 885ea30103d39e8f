using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>How much memory this process had before the hostile media came.</summary>
public sealed class HostileMemory
{
    private const long MostGrowth = 300 << 20;

    private readonly long before = Used();

    public void HasNotGrown() => (Used() - before).Should().BeLessThan(MostGrowth);

    private static long Used()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}

/// <summary>Alone, because memory is measured.</summary>
[CollectionDefinition(nameof(HostileMedia), DisableParallelization = true)]
public sealed class HostileMedia : ICollectionFixture<HostileMemory>
{
    /// <summary>All kinds, and how they are made.</summary>
    internal static IReadOnlyList<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> Kinds { get; } =
        [.. HostileReferences.All(), .. HostileContainers.All(), .. HostilePictures.All()];
}

/// <summary>One studio for all kinds, so that the box is looked for once.</summary>
public sealed class HostileGallery(CaptureClips clips) : IAsyncDisposable
{
    internal HostileClips Honest { get; } = new(clips);

    internal HostileStudio Studio => field ??= new(Honest);

    public ValueTask DisposeAsync() => Studio.DisposeAsync();
}

[Collection(nameof(HostileMedia))]
public sealed class HostileMediaTests(HostileGallery gallery, HostileMemory memory) : IClassFixture<HostileGallery>
{
    private readonly HostileClips honest = gallery.Honest;
    private readonly HostileStudio studio = gallery.Studio;

    // Of the children's own computing, which does not depend on what else the machine does.
    private const double MostSeconds = 20;

    public static TheoryData<string> Kinds => [.. HostileMedia.Kinds.Select(kind => kind.Kind)];

    public static TheoryData<string> Names =>
        ["%d.mp4", "%05d.jpg", "frame%d.jpg", "a:b.mp4", "pipe:0", "concat:canary.ts|canary.ts", "-i.mp4", "a'b\"c.mp4", "new\nline.mp4", "*.ts", "$(touch x).mp4", "a;b|c&d.m3u8", "\u202Egpj.mp4", "sh: .mp4"];

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_hostile_video_gives_pictures_of_its_own_or_fails_with_a_sentence_and_takes_nothing_with_it(string kind)
    {
        var (place, made) = HostileMedia.Kinds.Index().Single(it => it.Item.Kind == kind);
        await File.WriteAllBytesAsync(studio.Studio.PathOf($"kind{place}"), made.Make(honest, studio.Targets), TestContext.Current.CancellationToken);
        var before = studio.Seconds;

        var result = await studio.TakeAsync(RequestOf(place));

        studio.IsQuiet();
        (studio.Seconds - before).Should().BeLessThanOrEqualTo(MostSeconds);
        studio.HasNoCanary(result, $"out{place}");
        memory.HasNotGrown();
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_name_is_only_a_name(string name)
    {
        var output = $"named{Array.IndexOf([.. Names.Select(row => row.Data)], name)}";
        await File.WriteAllBytesAsync(studio.Studio.PathOf(name), honest.Mp4, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(studio.Studio.PathOf("frame1.jpg"), honest.Jpeg, TestContext.Current.CancellationToken);

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(1), output, name));

        result.Failure?.Reason.Should().EndWith("leads out of its place.");
        studio.IsQuiet();
        studio.HasNoCanary(result, output);
    }

    [Fact]
    public async Task The_canary_is_known_when_it_is_seen()
    {
        await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0), "seen", "canary.ts"));

        CaptureClips.MeanColoursOf([studio.Studio.PathOf("seen/0.jpg")]).Should().ContainSingle(colour => HostileStudio.IsCanary(colour));
    }

    [Fact]
    public void There_are_many_kinds() => HostileMedia.Kinds.Select(kind => kind.Kind).Distinct().Count().Should().BeGreaterThanOrEqualTo(70).And.Be(HostileMedia.Kinds.Count);

    private static SnapshotRequest RequestOf(int place) => (place % 4) switch
    {
        0 => CaptureStudio.Request(CaptureStudio.Every(1), $"out{place}", $"kind{place}"),
        1 => CaptureStudio.Request(CaptureStudio.At(0, 0.03), $"out{place}", $"kind{place}"),
        2 => CaptureStudio.Request(CaptureStudio.Every(1), $"out{place}", $"kind{place}") with { Size = new(MaxLength: 240), Black = new(98, 32) },
        _ => CaptureStudio.Request(CaptureStudio.At(0), $"out{place}", $"kind{place}") with { Archive = true },
    };
}
