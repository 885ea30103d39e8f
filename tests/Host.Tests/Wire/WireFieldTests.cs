namespace SnapshotTasks.Tests;

/// <summary>A field is described in one place: what that says is what the server does, and what the docs say.</summary>
public sealed class WireFieldTests(WireServer server) : IClassFixture<WireServer>
{
    private const string Page = "docs/http-api.md", End = "<!-- /fields -->";

    [Theory]
    [InlineData("<!-- fields: generated -->\n")]
    [InlineData("<!-- fields of a cancellation: generated -->\n")]
    public void The_docs_have_every_field_of_a_body_as_it_is_described(string begin)
    {
        var fields = begin.Contains("cancellation", StringComparison.Ordinal) ? CancellationFields.All : CreateFields.All;
        var (path, text) = (Path.Combine(Repository.Root, Page), Repository.Read(Page));
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var stop = text.IndexOf(End, start, StringComparison.Ordinal);
        var table = $"| field | range | |\n|---|---|---|\n{string.Concat(Rows(fields, [""]))}";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, text[..start] + table + text[stop..]);
            return;
        }

        text[start..stop].Should().Be(table, "UPDATE_DOCS=1 rewrites it when a change is meant");
    }

    public static TheoryData<string, int, int> Numbers =>
        [.. Leaves(CreateFields.All, "").Select(leaf => (leaf.Path, Range: RangeOf(leaf.Field))).Where(it => it.Range is not null)
            .Select(it => (it.Path, it.Range!.Value.Min, it.Range.Value.Max))];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_number_has_exactly_the_range_that_is_described(string field, int min, int max)
    {
        (await server.PostAsync(With($"{min - 1L}"))).MustBeError(400, "MPC.10202", field);
        (await server.PostAsync(With($"{max + 1L}"))).MustBeError(400, "MPC.10202", field);
        foreach (var limit in new[] { min, max })
        {
            // With sync there is no slot, as this host runs no worker.
            (await server.PostAsync(With($"{limit}"))).Status.Should().Be((field, limit) == ("sync", 1) ? 429 : 202);
        }

        string With(string value) => WireBody.With(
        [
            ("thumbnail_para.type", field == "sync" ? "\"DOTS\"" : "\"TIME\""), ("thumbnail_para.dots", "[1]"),
            ("thumbnail_para.amount", "98"), ("thumbnail_para.threshold", "32"), (field, value),
        ]);
    }

    public static TheoryData<string, int> Texts =>
        [.. Leaves(CreateFields.All, "").Select(leaf => (leaf.Path, (leaf.Field as TextField)?.MaxLength)).Where(it => it.MaxLength is not null)
            .Select(it => (it.Path, it.MaxLength!.Value))];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_text_has_at_most_as_many_characters_as_are_described(string field, int maxLength)
    {
        (await server.PostAsync(WireBody.With((field, WireBody.Text('t', maxLength))))).Status.Should().Be(202);
        (await server.PostAsync(WireBody.With((field, WireBody.Text('t', maxLength + 1))))).MustBeError(400, "MPC.10202", field, $"{maxLength}");
    }

    [Fact]
    public void Every_field_is_described_once() =>
        Leaves(CreateFields.All, "").Select(leaf => leaf.Path).Should().HaveCountGreaterThan(20).And.OnlyHaveUniqueItems();

    private static IEnumerable<(string Path, WireField Field)> Leaves(IReadOnlyList<WireField> fields, string prefix) =>
        fields.SelectMany(field => field is ObjectField nested ? Leaves(nested.Fields, $"{prefix}{field.Name}.") : [($"{prefix}{field.Name}", field)]);

    private static (int Min, int Max)? RangeOf(WireField field) => field switch
    {
        IntegerField<int> number => (number.Min, number.Max),
        IntegerField<int?> number => (number.Min, number.Max),
        _ => null,
    };

    // Objects with the same fields share their rows.
    private static IEnumerable<string> Rows(IReadOnlyList<WireField> fields, IReadOnlyList<string> prefixes)
    {
        foreach (var field in fields.Where(field => field is not RetiredField))
        {
            yield return $"| {string.Join(", ", prefixes.Select(prefix => $"`{prefix}{field.Name}`"))} | {field.Range} | {field.Sentence} |\n";
        }

        foreach (var same in fields.OfType<ObjectField>().GroupBy(field => field.Fields))
        {
            foreach (var row in Rows(same.Key, [.. same.Select(field => $"{field.Name}.")]))
            {
                yield return row;
            }
        }
    }
}
