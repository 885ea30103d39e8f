using System.Text;
using Microsoft.Extensions.DependencyInjection;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>What one project may have taken at once, and what it may store by that.</summary>
public sealed class WireLimitTests
{
    private const string Another = "another";

    private static readonly string Body = WireBody.With(
        ("original_dir", "1"), ("sync", "1"), ("user_data", "\"12345678\""), ("thumbnail_para", """{"type":"DOTS","dots":[1]}"""));

    private readonly PatientCapture capture = new();

    [Fact]
    public async Task A_project_has_so_many_captures_at_once_and_others_go_on()
    {
        await using var server = await StartAsync(limits => limits.MaxImmediate = 2);
        var running = new[] { server.PostAsync(Body), server.PostAsync(Body) };
        await UntilAsync(() => capture.Running == 2, "both runs");

        var refused = await server.PostAsync(Body);
        var other = server.PostAsync(Body, Another);

        refused.MustBeError(429, "APIGW.0308", "at most 2 sync tasks of a project at once (MaxImmediate)");
        refused.RetryAfter.Should().Be("1");
        (await server.TotalAsync()).Should().Be(2);
        await UntilAsync(() => capture.Running == 3, "the other project's run");
        capture.End();
        (await Task.WhenAll([.. running, other])).Should().OnlyContain(answer => answer.Status == 202);
        (await server.PostAsync(Body)).Status.Should().Be(202);
    }

    [Fact]
    public async Task A_run_counts_until_it_has_ended_also_when_its_caller_has_gone()
    {
        await using var server = await StartAsync(limits => limits.MaxImmediate = 1);
        using var gone = new CancellationTokenSource();
        using var content = new StringContent(Body, Encoding.UTF8, "application/json");
        var posting = server.Client.PostAsync(new Uri(WireServer.Thumbnails, UriKind.Relative), content, gone.Token);
        await UntilAsync(() => capture.Running == 1, "the run");
        await gone.CancelAsync();
        await posting.Invoking(it => it).Should().ThrowAsync<OperationCanceledException>();

        await UntilAsync(() => server.Handled == 0, "the end of the request whose caller has gone");

        (await server.PostAsync(Body)).MustBeError(429, "APIGW.0308", "MaxImmediate");

        capture.End();
        await UntilAsync(async () => (await server.PostAsync(Body)).Status == 202, () => "the end of the run");
    }

    [Fact]
    public async Task What_was_taken_at_once_is_never_one_too_many_when_it_is_repeated_with_its_key()
    {
        await using var server = await StartAsync(limits => (limits.MaxImmediate, limits.MaxStoredTasks) = (1, 1));
        var first = server.PostAsync(Body, key: "key");
        await UntilAsync(() => capture.Running == 1, "the run");

        var meanwhile = await server.PostAsync(Body, key: "key");
        capture.End();
        var ended = await first;
        var afterwards = await server.PostAsync(Body, key: "key");

        (meanwhile.Status, meanwhile.Json.GetProperty("status").GetString()).Should().Be((202, "PROCESSING"));
        (afterwards.Status, afterwards.Body).Should().Be((202, ended.Body));
        (await server.PostAsync(Body.Replace("12345678", "another", StringComparison.Ordinal), key: "key")).MustBeError(400, "MPC.10202", "Idempotency-Key");
        (await server.PostAsync(Body, key: "another")).MustBeError(429, "APIGW.0308", "MaxStoredTasks");
        (await server.TotalAsync()).Should().Be(1);
    }

    [Fact]
    public async Task What_was_not_started_does_not_count()
    {
        await using var server = await StartAsync(limits => (limits.MaxImmediate, limits.MaxStoredTasks, limits.MaxUserData) = (1, 1, 8));
        server.Store.Fault = new StoreUnavailableException("secret");
        (await server.PostAsync(Body)).MustBeError(503, "MPC.10050", "Nothing was changed");
        server.Store.Fault = null;
        capture.End();

        (await server.PostAsync(Body)).Status.Should().Be(202);
    }

    [Fact]
    public async Task A_capture_for_which_no_slot_becomes_free_does_not_count_any_more()
    {
        await using var server = await StartAsync(limits => (limits.MaxImmediate, limits.MaxStoredTasks) = (1, 2), slots: 1);
        await server.CreateAsync();
        await UntilAsync(() => capture.Running == 1, "the slot to be taken");
        var posting = server.PostAsync(Body);
        await UntilAsync(() => server.Time.HasBeenAskedFor(TimeSpan.FromSeconds(5)), "the server to wait");
        (await server.PostAsync(Body)).MustBeError(429, "APIGW.0308", "MaxImmediate");
        server.Time.Advance(TimeSpan.FromSeconds(5));
        (await posting).MustBeError(429, "APIGW.0308", "no free slot");
        capture.End();

        (await server.PostAsync(Body)).Status.Should().Be(202);
    }

    [Fact]
    public async Task A_project_has_so_many_tasks_running_at_once_and_what_is_queued_waits_for_one_to_end()
    {
        await using var server = await StartAsync(_ => { }, maxRunning: 1);
        await server.CreateAsync();
        await server.CreateAsync();
        await UntilAsync(() => capture.Running == 1, "the first run");

        var refused = await server.PostAsync(Body);
        refused.MustBeError(429, "APIGW.0308", "at most 1 running tasks of a project (MaxRunning)");
        refused.RetryAfter.Should().Be("1");
        var other = server.PostAsync(Body, Another);
        await UntilAsync(() => capture.Running == 2, "the other project's run");

        capture.End();
        (await other).Status.Should().Be(202);
        await UntilAsync(async () => (await server.PostAsync(Body)).Status == 202, () => "the end of what was queued");
        (await server.TotalAsync()).Should().Be(3);
    }

    [Theory]
    [InlineData(1, 0, "1 stored tasks of a project (MaxStoredTasks)")]
    [InlineData(0, 15, "15 bytes of user_data in the stored tasks of a project (MaxUserData)")]
    public async Task What_is_taken_at_once_is_stored_like_any_other(int maxStoredTasks, long maxUserData, string sentence)
    {
        await using var server = await StartAsync(limits => (limits.MaxStoredTasks, limits.MaxUserData) = (maxStoredTasks, maxUserData));
        capture.End();
        (await server.PostAsync(Body)).Status.Should().Be(202);

        var refused = await server.PostAsync(Body);

        refused.MustBeError(429, "APIGW.0308", sentence);
        refused.RetryAfter.Should().Be("60");
        (await server.PostAsync(Body, Another)).Status.Should().Be(202);
        (await server.TotalAsync()).Should().Be(1);
    }

    // A lease and a time limit that outlast what the tests advance the clock by.
    private Task<WireServer> StartAsync(Action<SubmissionOptions> limits, int slots = 3, int maxRunning = 0) => WireServer.StartAsync(parts: tasks =>
    {
        tasks.Services.AddSingleton<ICapture>(capture).Configure(limits);
        tasks.AddWorker(worker =>
        {
            (worker.Concurrency, worker.MaxRunning) = (slots, maxRunning);
            (worker.Lease, worker.TimeLimit) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        });
    });
}
