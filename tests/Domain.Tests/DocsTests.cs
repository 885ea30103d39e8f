using System.Text.RegularExpressions;
using Stateless.Graph;

namespace SnapshotTasks.Tests;

/// <summary>The pages say what the code says; <c>UPDATE_DOCS=1</c> rewrites them.</summary>
public sealed partial class DocsTests
{
    public static TheoryData<string> Pages =>
        [.. Repository.Files("docs", "*.md").Append(Path.Combine(Repository.Root, "README.md")).Select(Repository.Name)];

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/lifecycle.md")]
    public void The_diagram_is_the_machines(string page) => Block(page, "diagram").Should().Be(Diagram());

    [Fact]
    public void The_table_is_the_machines() => Block("docs/lifecycle.md", "table").Should().Be(Table());

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, page)))
            .Select(match => match.Groups["target"].Value.Split('#')[0])
            .Where(target => target != "" && !target.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target)))
            .Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_csharp_snippet_is_compiled(string page)
    {
        var compiled = string.Join('\n', Repository.Files("tests", "*.cs").Select(File.ReadAllText)).Replace(" ", "", StringComparison.Ordinal);
        Snippet().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(match => match.Groups["code"].Value)
            .Where(code => !compiled.Contains(code.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal))
            .Should().BeEmpty("a snippet is copied from a test that runs it");
    }

    private static string Diagram()
    {
        var lines = MermaidGraph.Format(Lifecycle.Describe(), null).Split('\n').Select(line => line.Trim()).Where(line => line.Contains("-->", StringComparison.Ordinal));
        return $"```mermaid\nstateDiagram-v2\n{string.Join('\n', lines.Select(line => $"    {line}"))}\n```";
    }

    private static string Table()
    {
        var triggers = Enum.GetValues<TaskTrigger>();
        string Cell(TaskState state, TaskTrigger trigger) => Lifecycle.Fire(state, trigger) is { To: var next } ? $"{next}" : "–";
        var rows = Enum.GetValues<TaskState>().Select(state => $"| {state} | {string.Join(" | ", triggers.Select(trigger => Cell(state, trigger)))} |");
        return $"| from \\ trigger | {string.Join(" | ", triggers)} |\n|---|{string.Concat(triggers.Select(_ => "---|"))}\n{string.Join('\n', rows)}";
    }

    private static string Block(string page, string name)
    {
        var path = Path.Combine(Repository.Root, page);
        var (begin, end) = ($"<!-- {name}: generated -->\n", $"\n<!-- /{name} -->");
        var text = File.ReadAllText(path);
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var stop = text.IndexOf(end, start, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            text = text[..start] + (name == "table" ? Table() : Diagram()) + text[stop..];
            File.WriteAllText(path, text);
            stop = text.IndexOf(end, start, StringComparison.Ordinal);
        }

        return text[start..stop];
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
