using System.Text;
using Microsoft.Extensions.DependencyInjection;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>Creates with sync = 1: on real sockets, with a clock that only the tests advance.</summary>
public sealed class WireSyncTests(CaptureClips clips) : IDisposable
{
    private readonly CaptureStudio studio = new();
    private readonly PatientCapture capture = new();

    public static TheoryData<string, string, string, int> Points => new()
    {
        { """{"type":"DOTS","dots":[1.9]}""", "1.jpg", "1", 10 },
        { """{"type":"DOTS","dots":[0]}""", "0.jpg", "0", 0 },
        { """{"type":"DOTS_MS","dots_ms":[1990]}""", "1_990.jpg", "1.99", 19 },
        { """{"type":"DOTS_MS","dots_ms":[2000.9],"output_filename":"cover"}""", "cover.jpg", "2", 20 },
    };

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Points))]
    public async Task A_picture_that_is_wanted_now_is_there_when_the_answer_comes(string para, string name, string time, int frame)
    {
        studio.With(clips.CountingMp4);
        await using var server = await WithFfmpegAsync();

        var answer = await server.PostAsync(Body(para));

        answer.Status.Should().Be(202, answer.Body);
        answer.Body.Should().Be(
            $$"""
            {"task_id":"1","status":"SUCCEEDED","create_time":"20260102030405","output":{"bucket":"bucket","location":"here","object":"out"},"output_file_name":"{{name}}","thumbnail_time":"{{time}}","description":"The task has completed."}
            """);
        CaptureClips.FramesShownBy([studio.PathOf($"out/{name}")]).Should().Equal(frame);
        var task = (await server.GetAsync("?task_id=1")).Tasks.Single();
        task.GetProperty("status").GetString().Should().Be("SUCCEEDED");
        task.GetProperty("thumbnail_info")[0].GetProperty("pic_name").GetString().Should().Be(name);
    }

    [Fact]
    public async Task A_picture_that_is_wanted_now_may_be_packed_and_lie_in_a_directory_of_its_own()
    {
        studio.With(clips.CountingMp4);
        await using var server = await WithFfmpegAsync();

        var answer = (await server.PostAsync(Body("""{"type":"DOTS","dots":[1]}""", ("tar", "0"), ("original_dir", "0")))).Json;

        answer.GetProperty("output_file_name").GetString().Should().Be("1.tar");
        File.Exists(studio.PathOf($"{answer.GetProperty("output").GetProperty("object").GetString()}/1.tar")).Should().BeTrue();
    }

    [Fact]
    public async Task A_picture_outlives_its_task()
    {
        studio.With(clips.CountingMp4);
        await using var server = await WithFfmpegAsync();
        (await server.PostAsync(Body("""{"type":"DOTS","dots":[1]}"""))).Status.Should().Be(202);

        server.Time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromHours(2));

        await UntilAsync(async () => await server.TotalAsync() == 0, () => "the removal");
        (await server.GetAsync("?task_id=1")).Tasks.Single().GetProperty("status").GetString().Should().Be("NO_TASK");
        File.Exists(studio.PathOf("out/1.jpg")).Should().BeTrue();
    }

    [Fact]
    public async Task A_picture_that_cannot_be_taken_now_is_a_task_that_failed()
    {
        await using var server = await WithFfmpegAsync();

        var answer = (await server.PostAsync(Body("""{"type":"DOTS","dots":[1]}"""))).Json;

        answer.GetProperty("status").GetString().Should().Be("FAILED");
        answer.GetProperty("description").GetString().Should().Be("MPC.10053 The input file does not exist.");
        answer.TryGetProperty("output_file_name", out _).Should().BeFalse();
        (await server.GetAsync("?status=FAILED")).Ids.Should().Equal("1");
    }

    [Fact]
    public async Task Without_a_worker_nothing_can_be_taken_now_and_nothing_is_stored()
    {
        await using var server = await WireServer.StartAsync();

        await MustHaveNoSlotAsync(server, await server.PostAsync(Body("""{"type":"DOTS","dots":[1]}""")), stored: 0);
    }

    [Fact]
    public async Task A_slot_that_does_not_become_free_in_5_seconds_is_none_and_nothing_is_stored()
    {
        await using var server = await WithSlotsAsync();
        var busy = await server.CreateAsync();
        await UntilAsync(() => capture.Running == 1, "the slot to be taken");

        var posting = PostAsync(server);
        await PassAsync(server, TimeSpan.FromSeconds(5), posting);

        await MustHaveNoSlotAsync(server, await posting, stored: 1);
        capture.End();
        await UntilAsync(server.Store, new TaskId(long.Parse(busy, null)), WireProject, task => task.Pictures is not null);
    }

    [Fact]
    public async Task A_slot_that_becomes_free_meanwhile_is_used_and_never_are_more_in_use_than_there_are()
    {
        await using var server = await WithSlotsAsync();
        await server.CreateAsync();
        await UntilAsync(() => capture.Running == 1, "the slot to be taken");

        var posting = PostAsync(server);
        capture.End();

        (await posting).Json.GetProperty("status").GetString().Should().Be("SUCCEEDED");
        capture.Most.Should().Be(1);
    }

    [Fact]
    public async Task A_task_that_runs_now_takes_a_slot_from_the_queue()
    {
        await using var server = await WithSlotsAsync();
        var posting = PostAsync(server);
        await UntilAsync(() => capture.Running == 1, "the run");
        var queued = await server.CreateAsync();
        (await server.TaskAsync(queued)).State.Should().Be(TaskState.Queued);

        capture.End();

        await posting;
        await UntilAsync(server.Store, new TaskId(2), WireProject, task => task.Pictures is not null);
        capture.Most.Should().Be(1);
    }

    [Fact]
    public async Task A_task_that_runs_now_was_never_queued_and_cannot_be_cancelled()
    {
        await using var server = await WithSlotsAsync();
        var posting = PostAsync(server);
        await UntilAsync(() => capture.Running == 1, "the run");

        (await server.DeleteAsync("?task_id=1")).MustBeError(400, "MPC.10212", "PROCESSING");
        var task = await server.TaskAsync("1");
        (task.State, task.StartedAt, task.Attempt).Should().Be((TaskState.Running, task.CreatedAt, 1));
        capture.End();
        (await posting).Json.GetProperty("status").GetString().Should().Be("SUCCEEDED");
    }

    [Fact]
    public async Task What_takes_longer_than_60_seconds_is_answered_as_processing_and_goes_on()
    {
        await using var server = await WithSlotsAsync();
        var posting = PostAsync(server);
        await UntilAsync(() => capture.Running == 1, "the run");

        await PassAsync(server, TimeSpan.FromSeconds(60), posting);

        (await posting).Body.Should().Be(
            """{"task_id":"1","status":"PROCESSING","create_time":"20260102030405","output":{"bucket":"bucket","location":"here","object":"out"},"thumbnail_time":"1"}""");
        capture.End();
        await UntilAsync(server.Store, new TaskId(1), WireProject, task => task.Pictures is not null);
    }

    [Fact]
    public async Task A_caller_who_goes_away_does_not_stop_the_run()
    {
        await using var server = await WithSlotsAsync();
        using var gone = new CancellationTokenSource();
        using var content = new StringContent(Body("""{"type":"DOTS","dots":[1]}"""), Encoding.UTF8, "application/json");
        var posting = server.Client.PostAsync(new Uri(WireServer.Thumbnails, UriKind.Relative), content, gone.Token);
        await UntilAsync(() => capture.Running == 1, "the run");

        await gone.CancelAsync();
        await posting.Invoking(it => it).Should().ThrowAsync<OperationCanceledException>();

        capture.Stopped.Should().Be(0);
        capture.End();
        await UntilAsync(server.Store, new TaskId(1), WireProject, task => task.Pictures is not null);
        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_store_that_cannot_is_a_503_and_the_slot_is_free_again()
    {
        await using var server = await WithSlotsAsync();
        capture.End();

        server.Store.Fault = new StoreUnavailableException("secret");
        (await PostAsync(server)).MustBeError(503, "MPC.10050", "Nothing was changed");
        server.Store.Fault = new UnknownOutcomeException("secret");
        (await PostAsync(server)).MustBeError(503, "MPC.10050", "may or may not");

        server.Store.Fault = null;
        (await PostAsync(server)).Json.GetProperty("status").GetString().Should().Be("SUCCEEDED");
    }

    [Fact]
    public async Task A_picture_that_is_wanted_now_again_with_its_key_is_the_same_one_taken_once()
    {
        await using var server = await WithSlotsAsync(slots: 2);
        var posting = PostAsync(server, key: "key");
        await UntilAsync(() => capture.Running == 1, "the run");

        var meanwhile = await PostAsync(server, key: "key");
        capture.End();
        var first = await posting;
        var afterwards = await PostAsync(server, key: "key");

        (meanwhile.Status, meanwhile.Json.GetProperty("status").GetString()).Should().Be((202, "PROCESSING"), "it does not wait for the run of another");
        (afterwards.Status, afterwards.Body).Should().Be((202, first.Body));
        first.Json.GetProperty("status").GetString().Should().Be("SUCCEEDED");
        (await server.TotalAsync(), capture.Most).Should().Be((1, 1));
    }

    [Fact]
    public async Task A_key_of_a_picture_that_is_wanted_now_is_no_key_of_a_queued_one_nor_the_other_way_round()
    {
        const string para = """{"type":"DOTS","dots":[1]}""";
        await using var server = await WithSlotsAsync();
        capture.End();
        await PostAsync(server, key: "now");
        await server.PostAsync(Body(para, ("sync", "0")), key: "queued");

        (await server.PostAsync(Body(para, ("sync", "0")), key: "now")).MustBeError(400, "MPC.10202", "Idempotency-Key");
        (await PostAsync(server, key: "queued")).MustBeError(400, "MPC.10202", "Idempotency-Key");

        (await server.TotalAsync()).Should().Be(2);
    }

    private static ProjectId WireProject => new(WireServer.Project);

    private static string Body(string para, params (string Field, string Json)[] changes) => WireBody.With(
    [
        ("input", """{"bucket":"bucket","location":"here","object":"video.mp4"}"""),
        ("output", """{"bucket":"bucket","location":"here","object":"out"}"""),
        ("original_dir", "1"),
        ("sync", "1"),
        ("thumbnail_para", para),
        .. changes,
    ]);

    private static Task<WireAnswer> PostAsync(WireServer server, string? key = null) => server.PostAsync(Body("""{"type":"DOTS","dots":[1]}"""), key: key);

    /// <summary>Lets a time pass that the server waits for, and not an instant more.</summary>
    private static async Task PassAsync(WireServer server, TimeSpan wait, Task<WireAnswer> posting)
    {
        await UntilAsync(() => server.Time.HasBeenAskedFor(wait), "the server to wait");
        server.Time.Advance(wait - TimeSpan.FromMilliseconds(1));
        posting.IsCompleted.Should().BeFalse();
        server.Time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private static async Task MustHaveNoSlotAsync(WireServer server, WireAnswer answer, int stored)
    {
        answer.MustBeError(429, "APIGW.0308", "throttling threshold", "no free slot", "Nothing was stored");
        answer.RetryAfter.Should().Be("1");
        (await server.TotalAsync()).Should().Be(stored);
    }

    private Task<WireServer> WithFfmpegAsync() => WireServer.StartAsync(parts: tasks => tasks.AddWorker().AddFfmpeg(ffmpeg => ffmpeg.MediaRoot = studio.Root));

    // A lease and a time limit that outlast what the tests advance the clock by.
    private Task<WireServer> WithSlotsAsync(int slots = 1) => WireServer.StartAsync(parts: tasks =>
    {
        tasks.Services.AddSingleton<ICapture>(capture);
        tasks.AddWorker(worker =>
        {
            worker.Concurrency = slots;
            (worker.Lease, worker.TimeLimit) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        });
    });
}
