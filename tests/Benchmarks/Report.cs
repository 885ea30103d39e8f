using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotTasks.Benchmarks;

/// <summary>What a run found: the figures with their floors and goals, and the values they come from.</summary>
internal sealed class Report(string command, Machine machine)
{
    // A line of the table stays readable; the JSON has them all.
    private const int MostPrinted = 12;
    private readonly List<(Figure Figure, double Value)> figures = [];
    private readonly List<Measured> raw = [];
    private readonly List<string> missing = [];

    /// <summary>The server that the databases were on; none when there was no server.</summary>
    public string? Server { get; set; }

    private static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Whether everything was measured that was to be.</summary>
    public bool IsWhole => missing.Count == 0;

    public void Add(Figure figure, double value) => figures.Add((figure, value));

    /// <summary>A measured value, by its median when it was measured several times.</summary>
    public void AddRaw(string name, string unit, params IReadOnlyList<double> values) =>
        raw.Add(new(name, unit, values.Median(), values));

    /// <summary>The rates of one kind of work, one for each round.</summary>
    public void AddRates(string name, IReadOnlyList<Rate> rates)
    {
        AddRaw($"{name}.rate", "/s", [.. rates.Select(rate => rate.PerSecond)]);
        AddRaw($"{name}.p50", "ms", [.. rates.Select(rate => rate.P50.TotalMilliseconds)]);
        AddRaw($"{name}.p99", "ms", [.. rates.Select(rate => rate.P99.TotalMilliseconds)]);
    }

    /// <summary>The findings of another run, as it wrote them.</summary>
    public void AddFrom(FileInfo file)
    {
        var found = JsonSerializer.Deserialize<Findings>(File.ReadAllText(file.FullName), Json)!;
        figures.AddRange(found.Figures.Select(row => (new Figure(row.Name, row.Meaning, row.Unit, row.Floor, row.Goal, row.Better), row.Value)));
        raw.AddRange(found.Raw);
        Server ??= found.Server;
    }

    /// <summary>A benchmark that has failed.</summary>
    public void AddMissing(string name) => missing.Add(name);

    public void Print(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(command);
        output.WriteLine(machine);
        if (Server is not null)
        {
            output.WriteLine(Server);
        }

        output.WriteLine();
        Table(output, ["figure", "value", "floor", "met", "goal", "met", "what"], figures.Select(row => new[]
        {
            row.Figure.Name,
            $"{Number(row.Value)} {row.Figure.Unit}",
            row.Figure.Limit(row.Figure.Floor),
            YesOrNo(row.Figure.Meets(row.Figure.Floor, row.Value)),
            row.Figure.Limit(row.Figure.Goal),
            YesOrNo(row.Figure.Meets(row.Figure.Goal, row.Value)),
            row.Figure.Meaning,
        }));
        if (!IsWhole)
        {
            output.WriteLine($"Not measured, because it failed: {string.Join(", ", missing)}.\n");
        }

        Table(output, ["measured", "median", "unit", "each"], raw.Select(row => new[]
        {
            row.Name, Number(row.Median), row.Unit, row.Values.Count is > 1 and <= MostPrinted ? string.Join(' ', row.Values.Select(Number)) : "",
        }));
    }

    public void Write(FileInfo file)
    {
        var rows = figures.Select(row => new Finding(
            row.Figure.Name,
            row.Figure.Meaning,
            row.Value,
            row.Figure.Unit,
            row.Figure.Direction,
            row.Figure.Floor,
            row.Figure.Goal,
            row.Figure.Meets(row.Figure.Floor, row.Value),
            row.Figure.Meets(row.Figure.Goal, row.Value)));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(new Findings(command, machine, Server, [.. rows], raw, missing), Json) + "\n");
    }

    public static string Number(double value) => value.ToString(Math.Abs(value) switch
    {
        >= 1000 => "#,##0",
        >= 100 => "0",
        >= 10 => "0.0",
        _ => "0.00",
    }, CultureInfo.InvariantCulture);

    private static string YesOrNo(bool? met) => met is null ? "–" : met.Value ? "yes" : "no";

    // As Markdown, so that it can be pasted into a page.
    private static void Table(TextWriter output, string[] head, IEnumerable<string[]> body)
    {
        string[][] lines = [head, .. body];
        if (lines.Length == 1)
        {
            return;
        }

        var widths = Enumerable.Range(0, head.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        void Line(IEnumerable<string> cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");
        Line(head.Select((cell, column) => cell.PadRight(widths[column])));
        output.WriteLine($"|{string.Concat(widths.Select(width => new string('-', width + 2) + '|'))}");
        foreach (var line in lines.Skip(1))
        {
            Line(line.Select((cell, column) => cell.PadRight(widths[column])));
        }

        output.WriteLine();
    }
}

/// <summary>A value as it was measured, once or in several rounds.</summary>
internal sealed record Measured(string Name, string Unit, double Median, IReadOnlyList<double> Values);

/// <summary>A report as JSON.</summary>
internal sealed record Findings(
    string Command, Machine Machine, string? Server, IReadOnlyList<Finding> Figures, IReadOnlyList<Measured> Raw, IReadOnlyList<string> Missing);

/// <summary>A figure and what it has met.</summary>
internal sealed record Finding(
    string Name, string Meaning, double Value, string Unit, Better Better, double? Floor, double? Goal, bool? FloorMet, bool? GoalMet);
