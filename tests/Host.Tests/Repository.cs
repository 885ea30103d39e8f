using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace SnapshotTasks.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "..", ".."));

    /// <summary>The ids of the packages: of every project in src that is packable.</summary>
    public static IReadOnlyList<string> Packages { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(project => XDocument.Load(project).Descendants("IsPackable").Any(packable => packable.Value == "true"))
            .Select(project => $"SnapshotTasks.{Path.GetFileNameWithoutExtension(project)}").Order(StringComparer.Ordinal),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>What a page has between the marks of a generated block; <c>UPDATE_DOCS=1</c> writes what it should have.</summary>
    public static string Block(string page, string name, string expected)
    {
        var (begin, end, text) = ($"<!-- {name}: generated -->\n", $"\n<!-- /{name} -->", Read(page));
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var stop = text.IndexOf(end, start, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Path.Combine(Root, page), text[..start] + expected + text[stop..]);
            return expected;
        }

        return text[start..stop];
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
