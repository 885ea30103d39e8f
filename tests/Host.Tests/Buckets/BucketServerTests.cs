using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Two customers of the real server, each with a token of its own.</summary>
public sealed class BucketServerTests : IDisposable
{
    private const string TokenOfA = "a-token-of-the-first-one", TokenOfB = "a-token-of-the-other-one";
    private const string OfA = $$"""{ "Token": "{{TokenOfA}}", "Projects": [ "a" ] }""", OfB = $$"""{ "Token": "{{TokenOfB}}", "Projects": [ "b" ] }""";
    private const string One = $$""" "Credentials": { "Tokens": [ {{OfA}} ] } """, Two = $$""" "Credentials": { "Tokens": [ {{OfA}}, {{OfB}} ] } """;

    private const string Bound = """
        , "Media": { "Buckets": [
            { "Name": "videos", "Readers": [ "a" ], "Writers": [ "a" ] }, { "Name": "films", "Readers": [ "b" ], "Writers": [ "b" ] },
            { "Name": "library", "Readers": [ "*" ] } ] }
        """;

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    private string Layout => File.ReadAllText(Path.Combine(data, "media", ".snapshots-layout")).Trim();

    [Fact]
    public async Task Where_nothing_is_configured_each_of_two_projects_has_the_buckets_of_its_own_folder()
    {
        await using var server = await StartAsync($$"""{{Two}}, "Media": { "Layout": null, "Buckets": [] } """);
        server.ReadyLine.Should().Contain($"media {data}/media/<project>, ");
        Layout.Should().Be("PerProject");
        CreateBuckets("a/videos", "b/films", "b/videos", "unowned");

        (await PostAsync(server, "a", "videos", "videos")).Status.Should().Be(202);
        (await PostAsync(server, "b", "films", "videos")).Status.Should().Be(202);
        await MustAnswerTheSameAsync(server, "input.bucket", "a", bucket => (bucket, "videos"), "films", "unowned", "unknown", "a", "b");
        await MustAnswerTheSameAsync(server, "output.bucket", "a", bucket => ("videos", bucket), "films", "unowned", "unknown", "a", "b");
        foreach (var bucket in new[] { "../b/films", "b/films", "..", ".snapshots" })
        {
            (await PostAsync(server, "a", bucket, "videos")).MustBeError(400, "MPC.10202", "input.bucket");
            (await PostAsync(server, "a", "videos", bucket)).MustBeError(400, "MPC.10202", "output.bucket");
        }
    }

    [Fact]
    public async Task Where_buckets_are_bound_they_are_what_each_of_two_projects_may_use()
    {
        await using var server = await StartAsync(Two + Bound);
        Layout.Should().Be("Shared");

        (await PostAsync(server, "a", "videos", "videos")).Status.Should().Be(202);
        (await PostAsync(server, "b", "library", "films")).Status.Should().Be(202);
        await MustAnswerTheSameAsync(server, "input.bucket", "a", bucket => (bucket, "videos"), "films", "unknown");
        await MustAnswerTheSameAsync(server, "output.bucket", "a", bucket => ("videos", bucket), "films", "library", "unknown");
    }

    [Fact]
    public async Task A_task_whose_bucket_was_bound_elsewhere_since_fails_when_it_is_to_run()
    {
        await using (var before = await StartAsync(One + Bound))
        {
            (await PostAsync(before, "a", "videos", "videos")).Body.Should().Contain("\"1\"");
            (await PostAsync(before, "a", "library", "videos")).Body.Should().Contain("\"2\"");
        }

        await using var server = await StartAsync(One + Bound.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), concurrency: 1);

        await FailsAsync(server, 1, "MPC.10052 The input file cannot be obtained. The input's bucket must be a bucket that this project may read.");
        await FailsAsync(server, 2, "MPC.10050 System error. The output's bucket must be a bucket that this project may write.");
    }

    [Fact]
    public async Task The_layout_that_was_chosen_first_stays_whoever_has_credentials()
    {
        await using (await StartAsync(Two))
        {
        }

        await using var server = await StartAsync(One);
        server.ReadyLine.Should().Contain("media/<project>, ");
        CreateBuckets("videos", "a/films");
        (await PostAsync(server, "a", "videos", "films")).Status.Should().Be(400);
        (await PostAsync(server, "a", "films", "films")).Status.Should().Be(202);
    }

    public static TheoryData<string, string?, string> Undecided => new()
    {
        { "folders from before there was a layout", null, "videos" },
        { "folders that were everybody's", "Shared", "videos" },
        { "no folders, but a layout", "Shared", "" },
    };

    [Theory, MemberData(nameof(Undecided))]
    public async Task A_second_project_is_refused_with_the_lines_that_keep_or_move_what_is_there(string what, string? layout, string folder)
    {
        CreateBuckets(folder);
        await KeepAsync(layout);

        var refusal = await RefusedAsync(Two);

        refusal.Should().StartWith($"SnapshotTasks cannot start: The folders in {data}/media are buckets of every project", what);
        var lines = refusal.Split('\n').Where(line => line.StartsWith("\"Media\"", StringComparison.Ordinal)).ToList();
        lines.Should().HaveCount(2);
        refusal.Should().Contain("first move each folder into one with the name of its project, and delete the file .snapshots-layout, if it is there.");
        File.Exists(Path.Combine(data, "media", ".snapshots-layout")).Should().Be(layout is not null, "nothing is decided by a refusal");

        // Each line, as it was printed, is what the server starts with.
        await using (var keeping = await StartAsync($"{Two}, {lines[0]}"))
        {
            Layout.Should().Be("Shared");
        }

        File.Delete(Path.Combine(data, "media", ".snapshots-layout"));
        await using var moved = await StartAsync($"{Two}, {lines[1]}");
        Layout.Should().Be("PerProject");
    }

    public static TheoryData<string, string?, string> Refused => new()
    {
        { """ "Media": { "Layout": "PerProject" } """, "Shared", "have the layout Shared, as its file .snapshots-layout says, and not PerProject" },
        { """ "Media": { "Layout": "Shared" } """, "PerProject", "have the layout PerProject, as its file .snapshots-layout says, and not Shared" },
        { """ "Proxies": [] """, "Both", ".snapshots-layout must have one word, Shared or PerProject." },
        { """ "Media": { "Layout": "Both" } """, null, "The section Media has a name or a value that is not understood: it has Layout (Shared or PerProject) and the list Buckets" },
        { """ "Media": { "Layout": "7" } """, null, "The section Media has a name or a value that is not understood" },
        { """ "Media": { "Root": "films" } """, null, "The section Media has a name or a value that is not understood" },
        { """ "Media": { "Buckets": [ { "Name": "a", "Reader": [ "p" ] } ] } """, null, "The section Media has a name or a value that is not understood" },
        { """ "Media": { "Buckets": [ { "Name": "a", "Readers": [ "p q" ] } ] } """, null, "Buckets:0: Readers:0 must be a project id" },
    };

    [Theory, MemberData(nameof(Refused))]
    public async Task A_setting_that_is_wrong_is_refused_in_one_line(string settings, string? layout, string sentence)
    {
        await KeepAsync(layout);

        var refusal = await RefusedAsync(settings);

        refusal.Should().Contain(sentence);
        refusal.Trim().Split('\n').Should().ContainSingle();
    }

    private static async Task MustAnswerTheSameAsync(
        ServerProcess server, string field, string project, Func<string, (string Input, string Output)> place, params string[] buckets)
    {
        var bodies = new HashSet<string>();
        foreach (var (input, output) in buckets.Select(place))
        {
            var answer = await PostAsync(server, project, input, output);
            answer.MustBeError(400, "MPC.10202", field, "must be a bucket that this project may ");
            bodies.Add(answer.Body.Replace(answer.RequestId!, "", StringComparison.Ordinal));
        }

        bodies.Should().ContainSingle("a foreign bucket is answered as one that does not exist");
    }

    private static async Task<WireAnswer> PostAsync(ServerProcess server, string project, string input, string output) =>
        await SendAsync(server, HttpMethod.Post, project, "", WireBody.With(("input.bucket", $"\"{input}\""), ("output.bucket", $"\"{output}\"")));

    private static async Task<WireAnswer> SendAsync(ServerProcess server, HttpMethod method, string project, string query, string? body)
    {
        using var request = new HttpRequestMessage(method, $"/v1/{project}/thumbnails{query}");
        request.Headers.Add("X-Auth-Token", project == "a" ? TokenOfA : TokenOfB);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Client.SendAsync(request);
        return await WireAnswer.ReadAsync(response);
    }

    private static async Task FailsAsync(ServerProcess server, int id, string description)
    {
        WireAnswer answer = null!;
        await Eventually.TrueAsync(async () =>
            (answer = await SendAsync(server, HttpMethod.Get, "a", $"?task_id={id}", null)).Body.Contains("FAILED", StringComparison.Ordinal));
        answer.Tasks.Single().GetProperty("description").GetString().Should().Be(description);
    }

    private async Task<ServerProcess> StartAsync(string settings, int concurrency = 0) =>
        await ServerProcess.StartAsync(data, "--concurrency", $"{concurrency}", "--config", await ConfigAsync(settings));

    private async Task<string> RefusedAsync(string settings)
    {
        var (exitCode, _, error) = await ServerProcess.RunAsync(
            "serve", "--data", data, "--urls", "http://127.0.0.1:0", "--concurrency", "0", "--config", await ConfigAsync(settings));
        exitCode.Should().Be(1);
        error.Should().NotContain("   at ").And.NotContain("a-token");
        return error;
    }

    private async Task<string> ConfigAsync(string settings)
    {
        var path = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(path, $"{{ {settings} }}");
        return path;
    }

    private void CreateBuckets(params string[] folders)
    {
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(Path.Combine(data, "media", folder));
        }
    }

    private async Task KeepAsync(string? layout)
    {
        if (layout is not null)
        {
            CreateBuckets("");
            await File.WriteAllTextAsync(Path.Combine(data, "media", ".snapshots-layout"), layout);
        }
    }
}
