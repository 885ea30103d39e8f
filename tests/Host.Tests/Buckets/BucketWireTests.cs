using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Buckets that the configuration binds to projects, as callers meet them.</summary>
public sealed class BucketWireTests : IAsyncLifetime
{
    private const string Ours = "ours", Theirs = "theirs";

    private static readonly BucketBinding[] Bindings =
    [
        new() { Name = "ours", Readers = { Ours }, Writers = { Ours } },
        new() { Name = "theirs", Readers = { Theirs }, Writers = { Theirs } },
        new() { Name = "library", Readers = { BucketBinding.EveryProject }, Writers = { Theirs } },
        new() { Name = "inbox", Readers = { Theirs }, Writers = { Ours, Theirs } },
        new() { Name = "open", Readers = { BucketBinding.EveryProject }, Writers = { BucketBinding.EveryProject } },
    ];

    private WireServer server = null!;

    /// <summary>The oracle: who reads and who writes what.</summary>
    public static TheoryData<string, string, bool, bool> Uses => new()
    {
        { Ours, "ours", true, true },
        { Ours, "theirs", false, false },
        { Ours, "library", true, false },
        { Ours, "inbox", false, true },
        { Ours, "open", true, true },
        { Ours, "unknown", false, false },
        { Ours, "OURS", false, false },
        { Theirs, "ours", false, false },
        { Theirs, "theirs", true, true },
        { Theirs, "library", true, true },
        { Theirs, "inbox", true, true },
        { "*", "ours", false, false },
        { "third", "library", true, false },
        { "third", "inbox", false, false },
        { "third", "open", true, true },
    };

    public async ValueTask InitializeAsync() => server = await WireServer.StartAsync(parts: tasks => tasks.Services.Configure<BucketOptions>(
        options => Array.ForEach(Bindings, options.Buckets.Add)));

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Theory, MemberData(nameof(Uses))]
    public async Task A_bucket_is_used_by_the_projects_that_it_is_bound_to_and_by_no_other(string project, string bucket, bool reads, bool writes)
    {
        foreach (var sync in new[] { false, true })
        {
            await MustBeAsync(reads, project, sync, ("input.bucket", bucket), ("output.bucket", "open"));
            await MustBeAsync(writes, project, sync, ("input.bucket", "open"), ("output.bucket", bucket));
        }
    }

    [Theory]
    [InlineData("input.bucket", "library", "inbox")]
    [InlineData("output.bucket", "inbox", "library")]
    public async Task A_foreign_bucket_is_answered_as_one_that_does_not_exist(string field, string own, string halfOwn)
    {
        foreach (var sync in new[] { false, true })
        {
            var answers = new List<WireAnswer>();
            foreach (var bucket in new[] { "theirs", halfOwn, "unknown" })
            {
                answers.Add(await PostAsync(Ours, sync, ("input.bucket", "ours"), ("output.bucket", "ours"), (field, bucket)));
            }

            answers.Should().AllSatisfy(answer => answer.MustBeError(400, "MPC.10202", field, "must be a bucket that this project may "));
            answers.Select(answer => answer.Body.Replace(answer.RequestId!, "", StringComparison.Ordinal)).Distinct().Should().ContainSingle();
            (await PostAsync(Ours, sync, ("input.bucket", "ours"), ("output.bucket", "ours"), (field, own))).Status.Should().NotBe(400);
        }
    }

    [Fact]
    public async Task Both_buckets_are_refused_in_one_answer() =>
        (await PostAsync(Ours, false, ("input.bucket", "theirs"), ("output.bucket", "unknown"))).ErrorMessage.Should().Be(
            "Invalid request parameter: input.bucket must be a bucket that this project may read. output.bucket must be a bucket that this project may write.");

    [Fact]
    public async Task A_field_that_is_bad_is_said_before_anybody_is_asked_whose_the_bucket_is() =>
        (await PostAsync(Ours, false, ("input.bucket", "theirs"), ("output.object", ".hidden"))).ErrorMessage.Should().Contain("output.object").And.NotContain("bucket");

    [Fact]
    public async Task A_submission_that_is_repeated_with_its_key_is_answered_as_before()
    {
        var body = WireBody.With(("input.bucket", "\"ours\""), ("output.bucket", "\"ours\""));
        var first = await server.PostAsync(body, Ours, key: "key");

        (await server.PostAsync(body, Ours, key: "key")).Body.Should().Be(first.Body).And.Contain("task_id");
    }

    private async Task MustBeAsync(bool permitted, string project, bool sync, params (string Field, string Bucket)[] buckets)
    {
        var asked = new ProjectId(project);
        var before = await server.Store.CountAsync(new TaskFilter(asked), int.MaxValue);

        var answer = await PostAsync(project, sync, buckets);

        // Without a worker in the host, what is wanted now is not begun.
        answer.Status.Should().Be(!permitted || !ProjectId.IsValid(project) ? 400 : sync ? 429 : 202, answer.Body);
        (await server.Store.CountAsync(new TaskFilter(asked), int.MaxValue)).Should().Be(answer.Status == 202 ? before + 1 : before);
    }

    private Task<WireAnswer> PostAsync(string project, bool sync, params (string Field, string Value)[] texts) => server.PostAsync(
        WireBody.With([
            .. texts.GroupBy(text => text.Field, (_, same) => same.Last()).Select(text => (text.Field, $"\"{text.Value}\"")),
            .. sync ? [("sync", "1"), ("thumbnail_para.type", "\"DOTS\""), ("thumbnail_para.dots", "[1]")] : Array.Empty<(string, string)>()]),
        project);
}
