using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>All kinds, and how they are made.</summary>
internal static class HostileMedia
{
    public static IReadOnlyList<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> All { get; } =
        [.. HostileReferences.All(), .. HostileContainers.All(), .. HostilePictures.All()];

    /// <summary>Those that are captured: the gate, which has to be quick, takes every second one.</summary>
    public static IReadOnlyList<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> Kinds { get; } =
        Environment.GetEnvironmentVariable("CI") is null ? All : [.. All.Index().Where(it => it.Index % 2 == 0).Select(it => it.Item)];

    /// <summary>Every third kind: the classes of tests run beside each other.</summary>
    public static TheoryData<string> Third(int part) => [.. Kinds.Index().Where(it => it.Index % 3 == part).Select(it => it.Item.Kind)];
}

/// <summary>One studio for all kinds of a class, so that the box is looked for once; afterwards this process holds no more memory than before.</summary>
public sealed class HostileGallery(CaptureClips clips) : IAsyncDisposable
{
    // Others test beside it.
    private const long MostGrowth = 500 << 20;

    private readonly long before = Used();

    internal HostileClips Honest { get; } = new(clips);

    internal HostileStudio Studio => field ??= new(Honest);

    public async ValueTask DisposeAsync()
    {
        await Studio.DisposeAsync();
        (Used() - before).Should().BeLessThan(MostGrowth);
    }

    private static long Used()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}

public sealed class HostileMediaTests(HostileGallery gallery) : HostileMediaContract(gallery)
{
    public static TheoryData<string> Kinds => HostileMedia.Third(0);

    public static TheoryData<string> Names =>
        ["%d.mp4", "%05d.jpg", "frame%d.jpg", "a:b.mp4", "pipe:0", "concat:canary.ts|canary.ts", "-i.mp4", "a'b\"c.mp4", "new\nline.mp4", "*.ts", "$(touch x).mp4", "a;b|c&d.m3u8", "\u202Egpj.mp4", "sh: .mp4"];

    [Theory, MemberData(nameof(Kinds))]
    public Task A_hostile_video_gives_pictures_of_its_own_or_fails_with_a_sentence_and_takes_nothing_with_it(string kind) => CheckAsync(kind);

    [Theory, MemberData(nameof(Names))]
    public async Task A_name_is_only_a_name(string name)
    {
        var output = $"named{Array.IndexOf([.. Names.Select(row => row.Data)], name)}";
        await File.WriteAllBytesAsync(Studio.Studio.PathOf(name), Honest.Mp4, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Studio.Studio.PathOf("frame1.jpg"), Honest.Jpeg, TestContext.Current.CancellationToken);

        var result = await Studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(1), output, name));

        result.Failure?.Reason.Should().EndWith("leads out of its place.");
        Studio.IsQuiet();
        Studio.HasNoCanary(result, output);
    }

    [Fact]
    public async Task The_canary_is_known_when_it_is_seen()
    {
        await Studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0), "seen", "canary.ts"));

        CaptureClips.MeanColoursOf([Studio.Studio.PathOf("seen/0.jpg")]).Should().ContainSingle(colour => HostileStudio.IsCanary(colour));
    }

    [Fact]
    public void There_are_many_kinds() => HostileMedia.Kinds.Select(kind => kind.Kind).Distinct().Count().Should().BeGreaterThanOrEqualTo(70).And.Be(HostileMedia.Kinds.Count);
}

public sealed class HostileMediaSecondTests(HostileGallery gallery) : HostileMediaContract(gallery)
{
    public static TheoryData<string> Kinds => HostileMedia.Third(1);

    [Theory, MemberData(nameof(Kinds))]
    public Task A_hostile_video_gives_pictures_of_its_own_or_fails_with_a_sentence_and_takes_nothing_with_it(string kind) => CheckAsync(kind);
}

public sealed class HostileMediaThirdTests(HostileGallery gallery) : HostileMediaContract(gallery)
{
    public static TheoryData<string> Kinds => HostileMedia.Third(2);

    [Theory, MemberData(nameof(Kinds))]
    public Task A_hostile_video_gives_pictures_of_its_own_or_fails_with_a_sentence_and_takes_nothing_with_it(string kind) => CheckAsync(kind);
}

/// <summary>What is checked of each kind.</summary>
public abstract class HostileMediaContract(HostileGallery gallery) : IClassFixture<HostileGallery>
{
    // Of the children's own computing, which does not depend on what else the machine does.
    private const double MostSeconds = 20;

    internal HostileClips Honest => gallery.Honest;

    internal HostileStudio Studio => gallery.Studio;

    protected async Task CheckAsync(string kind)
    {
        var (place, made) = HostileMedia.Kinds.Index().Single(it => it.Item.Kind == kind);
        await File.WriteAllBytesAsync(Studio.Studio.PathOf($"kind{place}"), made.Make(Honest, Studio.Targets), TestContext.Current.CancellationToken);
        var before = Studio.Seconds;

        var result = await Studio.TakeAsync(RequestOf(place));

        Studio.IsQuiet();
        (Studio.Seconds - before).Should().BeLessThanOrEqualTo(MostSeconds);
        Studio.HasNoCanary(result, $"out{place}");
    }

    private static SnapshotRequest RequestOf(int place) => (place % 4) switch
    {
        0 => CaptureStudio.Request(CaptureStudio.Every(1), $"out{place}", $"kind{place}"),
        1 => CaptureStudio.Request(CaptureStudio.At(0, 0.03), $"out{place}", $"kind{place}"),
        2 => CaptureStudio.Request(CaptureStudio.Every(1), $"out{place}", $"kind{place}") with { Size = new(MaxLength: 240), Black = new(98, 32) },
        _ => CaptureStudio.Request(CaptureStudio.At(0), $"out{place}", $"kind{place}") with { Archive = true },
    };
}
