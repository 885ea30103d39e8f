using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace SnapshotTasks.Tests;

/// <summary>What an embedder gets: the packages, and a first completed snapshot from the lines of the pages.</summary>
public sealed class PackageTests(PackedProjects projects, CaptureClips clips)
{
    [Fact]
    public async Task Every_packable_project_is_a_package_with_all_that_belongs_to_one()
    {
        var packages = await projects.PackagesAsync();

        packages.Select(path => Path.GetFileName(path).Split(".0.1.0-test")[0]).Should().BeEquivalentTo(Repository.Packages);
        foreach (var path in packages)
        {
            await using var package = await ZipFile.OpenReadAsync(path);
            using var manifest = await package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).OpenAsync();
            var metadata = (await XDocument.LoadAsync(manifest, LoadOptions.None, default)).Root!.Elements().Single().Elements()
                .ToLookup(element => element.Name.LocalName);
            var id = metadata["id"].Single().Value;
            metadata["description"].Single().Value.Should().NotBeEmpty().And.NotBe("Package Description", "{0} says what it is for", id);
            metadata["license"].Single().Value.Should().Be("MIT");
            package.GetEntry(metadata["readme"].Single().Value)!.Length.Should().BeGreaterThan(500);
            package.GetEntry($"lib/net10.0/{id}.xml").Should().NotBeNull("{0} is documented where it is used", id);
            foreach (var dependency in metadata["dependencies"].Descendants().Where(element => element.Name.LocalName == "dependency"))
            {
                var (on, range) = (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value);
                (on != "MediatR" || range == "[5.1.0, 6.0.0)").Should().BeTrue("another MediatR is refused at restore, not {0}", range);
                (!Repository.Packages.Contains(on) || range == $"[{metadata["version"].Single().Value}]").Should().BeTrue("{0} goes with its own {1}, not {2}", id, on, range);
            }

            using var assembly = new MemoryStream();
            await (await package.GetEntry($"lib/net10.0/{id}.dll")!.OpenAsync()).CopyToAsync(assembly);
            assembly.Position = 0;
            using var image = new PEReader(assembly);
            image.ReadDebugDirectory().Select(entry => entry.Type).Should()
                .Contain(DebugDirectoryEntryType.EmbeddedPortablePdb, "{0} has its symbols", id)
                .And.Contain(DebugDirectoryEntryType.Reproducible, "{0} is built to the same bytes again", id);
        }
    }

    [Fact]
    public async Task From_dotnet_new_web_to_a_snapshot_it_takes_at_most_12_lines_and_one_using()
    {
        var template = (await projects.TemplateAsync("web")).ReplaceLineEndings("\n").TrimEnd().Split('\n');
        var lines = Repository.Read("tests/Embedding/Web.cs").TrimEnd().Split('\n');
        var added = lines.Where(line => line != "").ToList();
        foreach (var line in template.Where(line => line != ""))
        {
            added.Remove(line).Should().BeTrue("'{0}' of the template is still there", line);
        }

        Repository.Read("README.md").Should().Contain(string.Join('\n', lines), "the README shows these lines");
        (added.Count + PackedProjects.PackagesOf("README.md").Count).Should().BeLessThanOrEqualTo(12, "the references to packages are lines as well");
        added.Count(line => line.StartsWith("using ", StringComparison.Ordinal)).Should().BeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task The_readmes_web_project_takes_its_first_snapshot()
    {
        var project = await projects.WebAsync();
        AddClip(project);
        // As dotnet run starts it: in this environment the host validates every registration.
        await using var server = RunningProject.Start(project, "web", ["--urls", "http://127.0.0.1:0", "--environment", "Development"]);
        var commands = Repository.Read("README.md").Split("# submit:")[1].Split("# cancel:")[0]
            .Replace("http://127.0.0.1:8080", await server.AddressAsync(), StringComparison.Ordinal).Split("# ask how it is");

        (await BashAsync($"#{commands[0]}")).Should().Contain("202 Accepted");
        await Eventually.TrueAsync(async () => (await BashAsync(commands[1])).Contains("\"status\":\"SUCCEEDED\"", StringComparison.Ordinal));

        Directory.GetFiles(Path.Combine(project, "media", "pictures", "sample"), "*.jpg").Should().NotBeEmpty();
    }

    [Fact]
    public async Task The_console_project_takes_its_first_snapshot_with_the_options_of_its_configuration()
    {
        var project = await projects.ConsoleAsync();
        AddClip(project, root: "films");

        await using var run = RunningProject.Start(project, "console", ["--Ffmpeg:MediaRoot", "films"]);

        (await run.EndAsync()).Should().Be(0);
        run.Output.Should().Contain("Ended: 3.jpg");
        File.Exists(Path.Combine(project, "films", "pictures", "covers", "3.jpg")).Should().BeTrue();
    }

    [Fact]
    public async Task A_host_without_ffmpeg_says_so_and_does_not_start()
    {
        await using var run = RunningProject.Start(await projects.ConsoleAsync(), "console", [], path: "/no-such-folder");

        (await run.EndAsync()).Should().NotBe(0);
        run.Output.Should().Contain("The worker needs ffmpeg, which is not on PATH: install the package ffmpeg.");
    }

    private void AddClip(string project, string root = "media")
    {
        var videos = Directory.CreateDirectory(Path.Combine(project, root, "videos"));
        File.Copy(clips.CountingMp4, Path.Combine(videos.FullName, "sample.mp4"), overwrite: true);
    }

    private static async Task<string> BashAsync(string commands)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", commands]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await bash.StandardOutput.ReadToEndAsync();
    }
}

/// <summary>A built project, run as its owner would.</summary>
internal sealed class RunningProject : IAsyncDisposable
{
    private readonly Process process;
    private readonly LogLines lines = new();

    private RunningProject(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => lines.Lines.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => lines.Lines.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', lines.Lines);

    /// <param name="project">Its folder.</param>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="path">Where it finds programs, when that is not where the tests do.</param>
    public static RunningProject Start(string project, string name, string[] arguments, string? path = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(project, "bin", "Release", "net10.0", $"{name}.dll"), .. arguments])
        {
            WorkingDirectory = project,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path ?? Environment.GetEnvironmentVariable("PATH");
        return new RunningProject(Process.Start(start)!);
    }

    /// <summary>Where it listens, once it says so.</summary>
    public async Task<string> AddressAsync()
    {
        const string Listening = "Now listening on: ";
        string? line = null;
        await Eventually.TrueAsync(() => (line = lines.Lines.FirstOrDefault(said => said.Contains(Listening, StringComparison.Ordinal))) is not null);
        return line!.Split(Listening)[1].Trim();
    }

    /// <summary>Waits for its end; the answer is its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(ServerProcess.Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
