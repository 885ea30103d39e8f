using System.Text;
using System.Text.Json;
using static SnapshotTasks.Tests.WebhookHost;

namespace SnapshotTasks.Tests;

/// <summary>What a message says.</summary>
public sealed class WebhookBodyTests : IAsyncLifetime
{
    private WebhookReceiver receiver = null!;

    public async ValueTask InitializeAsync() => receiver = await WebhookReceiver.StartAsync();

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    [Fact]
    public async Task A_thin_message_says_what_happened_to_which_task()
    {
        await using var host = For(receiver.Address);

        await host.DeliverAsync(Happened(reason: "The input file does not exist."));

        receiver.Received.Single().Body.Should().Be(
            $$"""
            {"type":"task.failed","timestamp":"2026-01-02T03:04:05.678Z","data":{"task_id":"2081","project_id":"tests",
            "event_id":"{{EventPosition.Of(Happened())}}","version":4,"attempt":1,"event":"FAILED","reason":"The input file does not exist."}
            }
            """.Replace("\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TaskEvent.Queued, null, "task.queued", "WAITING")]
    [InlineData(TaskEvent.Started, null, "task.started", "STARTED")]
    [InlineData(TaskEvent.TakenOver, null, "task.taken_over", "TAKEN_OVER")]
    [InlineData(TaskEvent.Deferred, "The disk is full.", "task.deferred", "DEFERRED")]
    [InlineData(TaskEvent.Completed, null, "task.completed", "SUCCEEDED")]
    [InlineData(TaskEvent.Completed, "No video.", "task.failed", "FAILED")]
    [InlineData(TaskEvent.Cancelled, null, "task.cancelled", "CANCELED")]
    public async Task Every_event_has_a_name_and_the_word_of_the_wire(TaskEvent what, string? reason, string type, string word)
    {
        await using var host = For(receiver.Address, endpoint => endpoint.Events.Add(type));

        host.Deliveries.Single().Wants(Happened(what, reason)).Should().BeTrue();
        await host.DeliverAsync(Happened(what, reason));

        var message = Parsed();
        message.GetProperty("type").GetString().Should().Be(type);
        message.GetProperty("data").GetProperty("event").GetString().Should().Be(word);
        EventTypes.All.Should().Contain(type);
    }

    [Fact]
    public void There_are_no_other_names() => EventTypes.All.Should().Equal(
        "task.queued", "task.started", "task.taken_over", "task.deferred", "task.completed", "task.failed", "task.cancelled");

    [Fact]
    public async Task A_full_message_has_the_task_as_queries_show_it_with_user_data_of_every_plane()
    {
        var userData = OfEveryPlane();
        await using var host = For(receiver.Address, endpoint => endpoint.Full = true);
        var happened = await CompleteAsync(host.Store, userData);

        (await host.DeliverAsync(happened)).End.Should().Be(DeliveryEnd.Delivered);

        receiver.Received.Single().MustBeSignedWith(Secret);
        var shown = Parsed().GetProperty("data").GetProperty("task");
        shown.GetProperty("user_data").GetString().Should().Be(userData);
        var task = (await host.Store.GetAsync(happened.Project, [happened.Task])).Single();
        shown.GetRawText().Should().Be(JsonSerializer.Serialize(WireTask.Of(task), WireJson.Answers.WireTask));
        shown.GetProperty("status").GetString().Should().Be("SUCCEEDED");
    }

    [Fact]
    public async Task A_thin_message_has_no_user_data()
    {
        await using var host = For(receiver.Address);

        await host.DeliverAsync(await CompleteAsync(host.Store, OfEveryPlane()));

        receiver.Received.Single().Body.Length.Should().BeLessThan(500);
    }

    [Fact]
    public async Task A_task_that_is_not_there_any_more_is_told_of_without_it()
    {
        await using var host = For(receiver.Address, endpoint => endpoint.Full = true);

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Delivered);

        Parsed().GetProperty("data").TryGetProperty("task", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_host_without_the_wire_says_what_happened_in_the_name_alone()
    {
        await using var host = new WebhookHost(
            options =>
            {
                options.AllowPrivateAddresses.Add("localhost");
                options.Endpoints.Add(Endpoint(receiver.Address));
            },
            withWire: false);

        await host.DeliverAsync();

        Parsed().GetProperty("type").GetString().Should().Be("task.completed");
        Parsed().GetProperty("data").TryGetProperty("event", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_receiver_hears_of_its_projects_and_events_only()
    {
        await using var all = For(receiver.Address);
        await using var some = For(receiver.Address, endpoint =>
        {
            endpoint.Projects.Add("tests");
            endpoint.Events.Add("task.failed");
        });
        var (wantsAll, wantsSome) = (all.Deliveries.Single(), some.Deliveries.Single());

        foreach (var (project, reason, wanted) in new[] { ("tests", "No video.", true), ("tests", null, false), ("others", "No video.", false) })
        {
            wantsAll.Wants(Happened(reason: reason, project: project)).Should().BeTrue();
            wantsSome.Wants(Happened(reason: reason, project: project)).Should().Be(wanted);
        }

        wantsAll.Name.Should().Be("webhook:shop");
    }

    private static async Task<RecordedEvent> CompleteAsync(InMemoryTaskStore store, string userData)
    {
        await store.KeepEventsAsync(true);
        var request = CaptureStudio.Request(CaptureStudio.At(1)) with { UserData = userData };
        await store.AddAsync(new NewTask(new("tests"), request));
        var task = (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Single().Task;
        await store.DecideAsync(TaskDecision.Complete(task.Id, task.Lease!, ["0.jpg"]));
        return (await store.GetEventsAsync(null, 0, long.MaxValue, 10))[^1];
    }

    // As long as user data may be, from every plane, with what JSON escapes.
    private static string OfEveryPlane()
    {
        var text = new StringBuilder("\"\\/\b\f\n\r\t\u2028</script>");
        for (var value = 1; text.Length < SnapshotRequest.MaxUserDataLength - 1; value += 31)
        {
            if (Rune.TryCreate(value % 0x110000, out var rune))
            {
                text.Append(rune.ToString());
            }
        }

        text.ToString().EnumerateRunes().Select(rune => rune.Plane).Distinct().Should().HaveCount(17);
        return text.ToString();
    }

    private JsonElement Parsed() => JsonDocument.Parse(receiver.Received.Last().Body).RootElement;
}
