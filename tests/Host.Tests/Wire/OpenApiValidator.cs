using System.Diagnostics;
using System.Text.Json;

namespace SnapshotTasks.Tests;

/// <summary>
/// Checks answers against the committed OpenAPI document with a validator that is none of ours: python3-jsonschema (MIT),
/// one process for all tests, a line in and a line out for each answer.
/// </summary>
internal static class OpenApiValidator
{
    private const string Script = """
        import json, sys
        from jsonschema import Draft202012Validator
        document = json.load(open(sys.argv[1]))
        for line in sys.stdin:
            answer = json.loads(line)
            documented = document["paths"][answer["path"]].get(answer["method"], {}).get("responses", {}).get(answer["status"])
            if documented is None and answer["status"] not in ("404", "405"):
                print(json.dumps("not documented"), flush=True)
                continue
            content = documented.get("content") if documented else {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
            if content is None:
                print(json.dumps(None if answer["body"] is None else "has a body"), flush=True)
                continue
            schema = dict(content["application/json"]["schema"], components=document["components"])
            errors = [error.json_path + " " + error.message for error in Draft202012Validator(schema).iter_errors(answer["body"])]
            print(json.dumps("; ".join(errors) or None), flush=True)
        """;

    public static string DocumentPath { get; } = Path.Combine(Repository.Root, "docs", "openapi.json");

    private static readonly Lock Turn = new();

    // Debian's own interpreter: only that sees Debian's packages.
    private static readonly Lazy<Process> Python = new(() => Process.Start(
        new ProcessStartInfo("/usr/bin/python3", ["-c", Script, DocumentPath]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);

    /// <summary>Fails when the document does not describe the answer.</summary>
    /// <param name="method">How it was asked.</param>
    /// <param name="path">Of what; what is none of the document's paths has to be an error that any of them may answer.</param>
    /// <param name="answer">The answer.</param>
    public static void Check(HttpMethod method, string path, WireAnswer answer)
    {
        var line = JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["path"] = path.TrimEnd('/').EndsWith("/events", StringComparison.Ordinal)
                ? "/v1/{project_id}/events"
                : $"/v1/{{project_id}}/thumbnails{path.TrimEnd('/').Split("/thumbnails", 2)[^1] switch
                {
                    "/cancellations" => "/cancellations",
                    var below when below.StartsWith("/cancellations/", StringComparison.Ordinal) => "/cancellations/{cancellation_id}",
                    _ => "",
                }}",
            ["method"] = method.Method.ToLowerInvariant(),
            ["status"] = $"{answer.Status}",
            ["body"] = answer.Body == "" ? null : answer.Json,
        });
        string? verdict;
        lock (Turn)
        {
            Python.Value.StandardInput.WriteLine(line);
            verdict = Python.Value.StandardOutput.ReadLine();
        }

        verdict.Should().Be("null", "the document describes {0} {1} {2}: {3}", method, path, answer.Status, answer.Body);
    }
}
