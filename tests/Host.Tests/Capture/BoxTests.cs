using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks.Tests;

/// <summary>What a child can do in each form of the box that this machine has; the scripts install all of them.</summary>
public sealed class BoxTests : IDisposable
{
    private static readonly string Shell = ChildProcesses.Find("sh", "dash");
    private static readonly string Ffprobe = ChildProcesses.Find("ffprobe", "ffmpeg");

    private readonly ChildProcesses children = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("snapshot-box-");

    public static TheoryData<string> Levels => [nameof(BoxLevel.Bounded), nameof(BoxLevel.WithoutNetwork), nameof(BoxLevel.WithoutFiles)];

    public static TheoryData<string> LevelsWithoutNetwork => [nameof(BoxLevel.WithoutNetwork), nameof(BoxLevel.WithoutFiles)];

    public void Dispose()
    {
        children.Dispose();
        folder.Delete(recursive: true);
    }

    [Theory, MemberData(nameof(Levels))]
    public async Task Nothing_of_the_environment_reaches_a_child(string level)
    {
        Environment.SetEnvironmentVariable("SNAPSHOT_TEST_SECRET", "a password");

        var seen = await RunAsync(level, "env");

        seen.Output.Should().Contain("MALLOC_ARENA_MAX=2").And.NotContain("SECRET").And.NotContain("HOME=").And.NotContain("DOTNET");
    }

    [Theory, MemberData(nameof(Levels))]
    public async Task A_child_has_no_capabilities_and_gains_none(string level)
    {
        var status = (await RunAsync(level, "cat /proc/self/status")).Output.Split('\n');

        status.Should().Contain("NoNewPrivs:\t1").And.Contain("CapEff:\t0000000000000000").And.Contain("CapBnd:\t0000000000000000");
    }

    [Theory, MemberData(nameof(Levels))]
    public async Task Memory_files_and_descriptors_of_a_child_are_bounded(string level)
    {
        var limits = (await RunAsync(level, "ulimit -v; ulimit -f; ulimit -n; ulimit -c")).Output;

        // In KB, in blocks of 512 bytes, in pieces.
        limits.Should().Be(string.Create(CultureInfo.InvariantCulture, $"{4 << 20}\n{1_000_000 / 512}\n64\n0\n"));
    }

    [Theory, MemberData(nameof(LevelsWithoutNetwork))]
    public async Task A_child_reaches_no_listener_of_this_machine(string level)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var reached = await children.RunAsync(
            await BoxOf(level).WrapAsync(Ffprobe, ["-v", "error", $"tcp://{listener.LocalEndpoint}"], new(null, null)), TestContext.Current.CancellationToken);

        reached.ExitCode.Should().NotBe(0);
        reached.Errors.Should().MatchRegex("unreachable|refused");
        listener.Pending().Should().BeFalse();
    }

    [Fact]
    public async Task A_child_with_a_file_system_of_its_own_sees_nothing_but_programs_its_input_and_its_folder()
    {
        var input = Path.Combine(folder.FullName, "input");
        var work = folder.CreateSubdirectory("work").FullName;
        await File.WriteAllTextAsync(input, "the video", TestContext.Current.CancellationToken);
        using var opened = new MediaInput(File.OpenHandle(input), input);

        var seen = await children.RunAsync(
            await BoxOf(nameof(BoxLevel.WithoutFiles)).WrapAsync(
                Shell,
                ["-c", $"cat {opened.Name}; echo; echo picture > taken; ls -A / /work; ls -d {folder.FullName} /home /root /var /tmp; touch /usr/x; echo $?"],
                new(opened.Descriptor, work)),
            TestContext.Current.CancellationToken);

        var lines = seen.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].Should().Be("the video");
        lines.Should().Contain("taken").And.NotContain(line => line.StartsWith("/home", StringComparison.Ordinal) || line.Contains("snapshot-box-", StringComparison.Ordinal));
        lines.Should().NotContain(["home", "root", "var", "tmp"]);
        lines[^1].Should().Be("1", "the programs cannot be changed");
        File.ReadAllText(Path.Combine(work, "taken")).Should().Be("picture\n");
    }

    [Theory, MemberData(nameof(Levels))]
    public async Task What_was_opened_is_read_whatever_its_path_leads_to_by_then(string level)
    {
        var path = Path.Combine(folder.FullName, "input");
        await File.WriteAllTextAsync(path, "the video", TestContext.Current.CancellationToken);
        using var input = new MediaInput(File.OpenHandle(path), path);
        File.Delete(path);
        await File.WriteAllTextAsync(path, "another", TestContext.Current.CancellationToken);

        var read = await children.RunAsync(
            await BoxOf(level).WrapAsync(Shell, ["-c", $"cat {input.Name} {input.Name}"], new(input.Descriptor, null)), TestContext.Current.CancellationToken);

        read.Output.Should().Be("the videothe video", "each reader begins at the beginning");
    }

    private async Task<ChildResult> RunAsync(string level, string script)
    {
        var box = BoxOf(level);
        (await box.LevelAsync()).ToString().Should().Be(level);
        return await children.RunAsync(await box.WrapAsync(Shell, ["-c", script], new(null, folder.FullName)), TestContext.Current.CancellationToken);
    }

    private Box BoxOf(string level) => new(children, [Ffprobe], 1_000_000, NullLogger.Instance, Enum.Parse<BoxLevel>(level));
}
