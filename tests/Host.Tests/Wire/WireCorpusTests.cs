using System.Text;
using System.Text.RegularExpressions;

namespace SnapshotTasks.Tests;

/// <summary>How many different refusals the corpus of requests causes: a reason for each kind of mistake, not one for all.</summary>
public sealed partial class WireCorpusTests
{
    private static readonly (string Field, string Json)[] Wrong =
    [
        ("input.bucket", "\"..\""), ("input.location", "\"\""), ("input.file_name", WireBody.Text('p', 1025)), ("output.object", "\"../x\""),
        ("user_data", WireBody.Text('u', 65_536)), ("thumbnail_para.time", "0"), ("thumbnail_para.start_time", "-1"),
        ("thumbnail_para.output_filename", "\"a/b\""), ("thumbnail_para.width", "1"), ("thumbnail_para.max_length", "1"),
    ];

    [Fact]
    public async Task Every_wrong_field_is_named_not_only_the_first()
    {
        await using var server = await WireServer.StartAsync();
        foreach (var (one, other) in Pairs())
        {
            (await server.PostAsync(WireBody.With(one, other))).MustBeError(400, "MPC.10202", one.Field, other.Field);
        }
    }

    [Fact]
    public async Task The_corpus_has_at_least_150_refusals_that_differ_in_status_or_reason_and_every_row_of_the_table()
    {
        await using var server = await WireServer.StartAsync();
        var answers = new List<WireAnswer>();
        foreach (var (field, json, _) in WireBadCreateTests.BadFields.Select(row => row.Data))
        {
            answers.Add(await server.PostAsync(WireBody.With((field, json))));
        }

        foreach (var (one, other) in Pairs())
        {
            answers.Add(await server.PostAsync(WireBody.With(one, other)));
        }

        foreach (var (body, _) in WireBadCreateTests.BadBodies.Select(row => row.Data))
        {
            answers.Add(await server.PostAsync(body));
        }

        foreach (var (body, _) in WireCancellationTests.BadBodies.Select(row => row.Data))
        {
            answers.Add(await server.CancelManyAsync(body));
        }

        foreach (var path in (string[])["x", new('0', 32), $"{new string('0', 32)}?after=x", $"{new string('0', 32)}?size=0"])
        {
            answers.Add(await server.CancellationAsync(path));
        }

        var (queued, cancelled) = (await server.CreateAsync(), await server.CreateAsync());
        await server.DeleteAsync($"?task_id={cancelled}");
        string[] queries =
        [
            "?task_id=x", "?task_id=", $"?{string.Join('&', Enumerable.Range(1, 11).Select(id => $"task_id={id}"))}", "?status=DONE", "?start_time=1",
            "?end_time=x", "?page=-1", "?page=50001", "?page=x", "?size=0", "?size=101", "?size=x", "?status=WAITING&status=FAILED",
        ];
        foreach (var query in queries)
        {
            answers.Add(await server.GetAsync(query));
        }

        foreach (var query in (string[])["", "?task_id=x", "?task_id=99", $"?task_id={cancelled}", $"?task_id={queued}&task_id={cancelled}"])
        {
            answers.Add(await server.DeleteAsync(query));
        }

        await server.PostAsync(WireBody.With(), key: "used");
        answers.Add(await server.PostAsync(WireBody.With(("tar", "0")), key: "used"));
        answers.Add(await server.PostAsync(WireBody.With(), key: new('k', 256)));
        answers.Add(await server.PostAsync(WireBody.With(Wrong[0]), key: new('k', 256)));
        answers.Add(await server.GetAsync(project: "a.b"));
        answers.Add(await server.SendAsync(HttpMethod.Put, WireServer.Thumbnails));
        answers.Add(await server.SendAsync(HttpMethod.Get, "/v1/tests/unknown"));
        answers.Add(await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, Encoding.UTF8.GetBytes("{}"), "text/plain"));
        answers.Add(await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, new byte[1_100_000], "application/json"));
        answers.Add(await server.PostAsync(WireBody.With(("sync", "1"), ("thumbnail_para.type", "\"DOTS\""), ("thumbnail_para.dots", "[1]"))));
        server.Store.Fault = new StoreUnavailableException("full");
        answers.Add(await server.GetAsync());
        server.Store.Fault = new UnknownOutcomeException("lost");
        answers.Add(await server.GetAsync());

        answers.Should().OnlyContain(answer => answer.Status >= 400);
        answers.Select(answer => (answer.Status, Digits().Replace(answer.ErrorMessage!, "#"))).Distinct().Count().Should().BeGreaterThanOrEqualTo(150);

        // The rows of authentication are held by the matrix of AuthMatrixTests.
        answers.Select(answer => $"{answer.Status} {answer.ErrorCode}").Distinct().Should().BeEquivalentTo(
            "400 MPC.10202", "400 MPC.10211", "400 MPC.10212", "404 APIGW.0101", "405 MPC.10204", "413 MPC.10202", "415 MPC.10205",
            "429 APIGW.0308", "503 MPC.10050");
    }

    private static IEnumerable<((string Field, string Json) One, (string Field, string Json) Other)> Pairs() =>
        Wrong.SelectMany((one, i) => Wrong.Skip(i + 1).Select(other => (one, other)));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
