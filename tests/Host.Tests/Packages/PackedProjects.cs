using System.Diagnostics;
using System.Text.RegularExpressions;
using SnapshotTasks.Tests;

[assembly: AssemblyFixture(typeof(PackedProjects))]

namespace SnapshotTasks.Tests;

/// <summary>The packages in a folder, and new projects outside the repository that restore them from there; made when first asked for.</summary>
public sealed partial class PackedProjects : IAsyncLifetime
{
    // No other run has it, so that the machine's cache of packages never answers with those of another.
    private readonly string version = $"0.1.0-test.{Guid.NewGuid():N}";
    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-packages-").FullName;
    private readonly Lazy<Task> packed;
    private readonly Lazy<Task<string>> web;
    private readonly Lazy<Task<string>> console;

    public PackedProjects()
    {
        packed = new(PackAsync);
        web = new(() => CreateAsync("web", "Web.cs", PackagesOf("README.md")));
        console = new(() => CreateAsync("console", "Console.cs", PackagesOf("docs/embedding.md")));
    }

    /// <summary>The files of the packages.</summary>
    public async Task<IReadOnlyList<string>> PackagesAsync()
    {
        await packed.Value;
        return Directory.GetFiles(Path.Combine(folder, "packages"));
    }

    /// <summary>What <c>dotnet new web</c> made, with the README's lines, built.</summary>
    public Task<string> WebAsync() => web.Value;

    /// <summary>What <c>dotnet new console</c> made, with the lines of the page on embedding, built.</summary>
    public Task<string> ConsoleAsync() => console.Value;

    /// <summary>What <c>dotnet new</c> makes of a template before anybody writes a line.</summary>
    public async Task<string> TemplateAsync(string template)
    {
        var project = Path.Combine(folder, $"{template}-template");
        await DotnetAsync(folder, "new", template, "-o", project, "--no-restore");
        return await File.ReadAllTextAsync(Path.Combine(project, "Program.cs"));
    }

    /// <summary>The packages that a page tells to add.</summary>
    public static IReadOnlyList<string> PackagesOf(string page) =>
        [.. AddPackage().Matches(Repository.Read(page)).Select(match => match.Groups["id"].Value).Distinct()];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var restored in Repository.Packages.Select(package => new DirectoryInfo(Path.Combine(cache, package.ToLowerInvariant(), version))).Where(it => it.Exists))
        {
            restored.Delete(recursive: true);
            if (!restored.Parent!.EnumerateFileSystemInfos().Any())
            {
                restored.Parent.Delete();
            }
        }

        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task PackAsync()
    {
        // What is tested is what is packed, so nothing is built again.
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        await DotnetAsync(
            Repository.Root, "pack", "Domain.sln", "--no-build", "-m:1", "-c", configuration, "-o", Path.Combine(folder, "packages"), $"-p:PackageVersion={version}");

        // Beside the sources that the machine has.
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), """
            <configuration><packageSources><add key="snapshot-tasks" value="packages" /></packageSources></configuration>
            """);
    }

    private async Task<string> CreateAsync(string template, string program, IReadOnlyList<string> packages)
    {
        await packed.Value;
        var project = Path.Combine(folder, template);
        await DotnetAsync(folder, "new", template, "-o", project, "--no-restore");
        File.Copy(Path.Combine(Repository.Root, "tests", "Embedding", program), Path.Combine(project, "Program.cs"), overwrite: true);
        var file = Path.Combine(project, $"{template}.csproj");
        var references = packages.Select(package =>
            $"""<PackageReference Include="{package}" Version="{(Repository.Packages.Contains(package) ? version : HostingVersion())}" />""");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(
            "</Project>", $"<ItemGroup>{string.Concat(references)}</ItemGroup></Project>", StringComparison.Ordinal));
        await DotnetAsync(project, "build", "-m:1", "-c", "Release", "-p:NuGetAudit=false", "-p:UseSharedCompilation=false", "-p:TreatWarningsAsErrors=true");
        return project;
    }

    private static string HostingVersion() =>
        Hosting().Match(Repository.Read("Directory.Packages.props")).Groups["version"].Value;

    private static async Task DotnetAsync(string directory, params string[] arguments)
    {
        // A server that outlives the command would hold its output open, and the test with it; and other tests run beside this one.
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"]) = ("1", "0");
        using var dotnet = Process.Start(start)!;
        var (output, errors) = (dotnet.StandardOutput.ReadToEndAsync(), dotnet.StandardError.ReadToEndAsync());
        await dotnet.WaitForExitAsync();
        dotnet.ExitCode.Should().Be(0, "dotnet {0} said: {1} {2}", string.Join(' ', arguments), await output, await errors);
    }

    [GeneratedRegex(@"^dotnet add package (?<id>\S+)", RegexOptions.Multiline)]
    private static partial Regex AddPackage();

    [GeneratedRegex(@"""Microsoft\.Extensions\.Hosting\.Abstractions"" Version=""(?<version>[^""]+)""")]
    private static partial Regex Hosting();
}
