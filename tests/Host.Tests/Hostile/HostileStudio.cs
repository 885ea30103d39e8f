using System.Diagnostics;
using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;

namespace SnapshotTasks.Tests;

/// <summary>A studio with canaries and a listener around it, which checks that captures stay within their bounds.</summary>
internal sealed class HostileStudio : IAsyncDisposable
{
    private const long MostMemory = 4L << 30;

    // A capture that has not ended after this hangs, however busy the machine is.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(120);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ChildWatch watch;

    public HostileStudio(HostileClips clips, WorkerOptions? options = null)
    {
        Studio = new(options);
        listener.Start();
        var canary = Path.Combine(Studio.Elsewhere, "canary.ts");
        File.Copy(clips.Canary, canary);
        Studio.With(clips.Canary, "canary.ts");
        Targets = new(canary, ((IPEndPoint)listener.LocalEndpoint).Port);
        watch = new(Studio.Root);
    }

    public CaptureStudio Studio { get; }

    public HostileTargets Targets { get; }

    /// <summary>How long the children have computed.</summary>
    public double Seconds => watch.Seconds;

    /// <summary>Captures, and checks all but what came of it.</summary>
    public async Task<CaptureResult> TakeAsync(SnapshotRequest request)
    {
        using var hang = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        hang.CancelAfter(Hang);
        var began = Stopwatch.StartNew();
        var before = watch.Seconds;
        var result = await Studio.TakeAsync(new CaptureRun(await Studio.ClaimedAsync(request), _ => Task.CompletedTask), hang.Token);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{began.Elapsed.TotalSeconds:0.0} s, children {watch.Seconds - before:0.0} s and {watch.Memory >> 20} MB: {result.Failure?.Reason ?? result.Obstacle ?? $"{result.Pictures.Count} pictures"}");
        IsAnswer(result);
        return result;
    }

    /// <summary>Checks what is left of all captures when they have ended.</summary>
    public void IsQuiet()
    {
        CaptureProcesses.Reading(Studio.Root).Should().BeEmpty("no child outlives its capture");
        listener.Pending().Should().BeFalse("nobody may come to the listener");
        watch.IsBounded.Should().BeTrue("children may map a bounded memory, not {0}", string.Join(", ", watch.Bounds.Keys));
        watch.Memory.Should().BeLessThanOrEqualTo(MostMemory);
        Directory.EnumerateDirectories(Studio.Root, "*-1", SearchOption.AllDirectories).Should().BeEmpty("the folders of attempts are removed");
    }

    /// <summary>Checks that no picture is the canary's.</summary>
    public void HasNoCanary(CaptureResult result, string output) =>
        CaptureClips.MeanColoursOf(Pictures(result, output)).Should().NotContain(colour => IsCanary(colour));

    /// <summary>Whether pictures are the canary's.</summary>
    public static bool IsCanary((int Red, int Green, int Blue) colour) =>
        Math.Abs(colour.Red - 0xE0) < 12 && Math.Abs(colour.Green - 0x10) < 12 && Math.Abs(colour.Blue - 0xA0) < 12;

    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        listener.Dispose();
        Studio.Dispose();
    }

    private static void IsAnswer(CaptureResult result)
    {
        result.Obstacle.Should().BeNull("no video keeps this machine from capturing");
        if (result.Failure is { } failure)
        {
            failure.Reason.Should().MatchRegex("^[A-Za-z_].*\\.$").And.NotContainAny("unexpectedly", "signal", "/", "c4nary", "canary");
        }
        else
        {
            result.Pictures.Should().NotBeEmpty();
        }
    }

    private List<string> Pictures(CaptureResult result, string output)
    {
        var folder = Studio.PathOf(output);
        foreach (var archive in result.Pictures.Where(name => name.EndsWith(".tar", StringComparison.Ordinal)))
        {
            TarFile.ExtractToDirectory(Path.Combine(folder, archive), folder, overwriteFiles: true);
        }

        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.jpg")] : [];
    }
}
