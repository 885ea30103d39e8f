using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SnapshotTasks.Tests;

/// <summary>The conventions of docs/style.md that a machine can hold.</summary>
public sealed partial class TidyTests
{
    private static readonly Dictionary<string, string[]> References = new()
    {
        ["Domain"] = [],
        ["Storage"] = ["Domain"],
        ["Storage.Sqlite"] = ["Storage"],
        ["Storage.Postgres"] = ["Storage"],
        ["Application"] = ["Storage"],
        ["Worker"] = ["Storage"],
        ["Ffmpeg"] = ["Worker"],
        ["Events"] = ["Storage"],
        ["Http"] = ["Application", "Events"],
        ["Host"] = ["Events", "Ffmpeg", "Http", "Storage.Postgres", "Storage.Sqlite"],
    };

    [Fact]
    public void Projects_refer_to_each_other_in_one_direction_only() =>
        Repository.Files("src", "*.csproj").ToDictionary(
                path => Path.GetFileNameWithoutExtension(path),
                path => XDocument.Load(path).Descendants("ProjectReference")
                    .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order().ToArray())
            .Should().BeEquivalentTo(References);

    [Fact]
    public void The_domain_depends_on_the_machine_only() =>
        XDocument.Load(Path.Combine(Repository.Root, "src/Domain/Domain.csproj")).Descendants("PackageReference")
            .Select(package => package.Attribute("Include")!.Value).Should().Equal("Stateless");

    [Fact]
    public void Of_the_packages_only_the_capture_runs_other_programs() =>
        Repository.Files("src", "*.csproj").Where(path => XDocument.Load(path) is var project
                && project.Descendants("IsPackable").Any(packable => packable.Value == "true")
                && project.Descendants("PackageReference").Any(package => package.Attribute("Include")!.Value == "CliWrap"))
            .Select(Repository.Name).Should().Equal("src/Ffmpeg/Ffmpeg.csproj");

    [Fact]
    public void No_file_has_more_than_400_lines() =>
        Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs"))
            .Where(path => File.ReadLines(path).Count() > 400).Should().BeEmpty();

    [Fact]
    public void States_are_named_only_by_the_domain_and_by_the_words_of_the_wire() =>
        Repository.Files("src", "*.cs").Where(path => StateName().IsMatch(File.ReadAllText(path))).Select(Repository.Name)
            .Should().BeEquivalentTo("src/Domain/Lifecycle.cs", "src/Domain/SnapshotTask.cs", "src/Domain/TaskFilter.cs", "src/Domain/TaskRow.cs", "src/Http/Wire/WireTask.cs");

    [Fact]
    public void The_machine_is_built_in_one_place() =>
        Repository.Files("src", "*.cs").Where(path => File.ReadAllText(path).Contains("new StateMachine<", StringComparison.Ordinal))
            .Select(Repository.Name).Should().Equal("src/Domain/Lifecycle.cs");

    [Fact]
    public void Tasks_are_decided_on_by_the_batch_and_by_the_in_memory_store_only() =>
        Repository.Files("src", "*.cs").Where(path => Decides().IsMatch(File.ReadAllText(path))).Select(Repository.Name)
            .Should().BeEquivalentTo("src/Storage/BatchTasks.cs", "src/Storage/InMemoryTaskStore.Subscriptions.cs", "src/Storage/InMemoryTaskStore.cs");

    [Theory]
    [InlineData("src/Storage.Sqlite")]
    [InlineData("src/Storage.Postgres")]
    public void An_adapter_has_exactly_one_update_of_the_task_table(string adapter) =>
        Repository.Files(adapter, "*.cs").Sum(path => Regex.Count(File.ReadAllText(path), @"\bupdate\s+snapshot_tasks(\.tasks)?\s", RegexOptions.IgnoreCase)).Should().Be(1);

    [GeneratedRegex(@"decision\.Decide\(|\.TryClaim\(")]
    private static partial Regex Decides();

    [GeneratedRegex(@"\bTaskState\.\w+")]
    private static partial Regex StateName();
}
