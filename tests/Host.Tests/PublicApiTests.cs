using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using PublicApiGenerator;

namespace SnapshotTasks.Tests;

/// <summary>What embedders can see of the packages is what docs/api says; <c>UPDATE_DOCS=1</c> rewrites it.</summary>
public sealed class PublicApiTests
{
    // Extension methods live in the namespace of what they extend, so Microsoft's are looked at as well.
    private static readonly ApiGeneratorOptions Everything = new() { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] };

    public static TheoryData<string> Packages => [.. Repo.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_surface_is_the_committed_one(string package)
    {
        var path = Path.Combine(Repo.Root, "docs", "api", $"{package}.txt");
        var surface = Assembly.Load(package).GeneratePublicApi(Everything).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, surface);
        }

        surface.Should().Be(File.ReadAllText(path), "a change of the public surface is a decision: UPDATE_DOCS=1 writes it down");
    }
}

internal static class Repo
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "..", ".."));

    public static IEnumerable<string> Packages => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Where(project => XDocument.Load(project).Descendants("IsPackable").Any(packable => packable.Value == "true"))
        .Select(project => $"SnapshotTasks.{Path.GetFileNameWithoutExtension(project)}").Order(StringComparer.Ordinal);

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
