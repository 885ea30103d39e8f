namespace SnapshotTasks.Tests;

/// <summary>The server sends its telemetry where the standard variable says, and has none otherwise.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_trace_from_the_request_to_the_completion_arrives_with_metrics_and_logs()
    {
        Directory.CreateDirectory(Path.Combine(data, "media", "videos"));
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await ServerProcess.StartCommandAsync("env",
        [
            $"OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Address}",
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data,
        ]);

        // A video that is not there: the run fails, and that is an end as well.
        var id = await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out");
        await Eventually.TrueAsync(async () => await server.StatusAsync(id) == "FAILED");
        (await server.StopAsync()).Should().Be(0, "what has not been sent yet is sent before the end");

        var submission = receiver.Spans.Single(span => span.Name == "submit snapshot task");
        var run = receiver.Spans.Single(span => span.Name == "run snapshot task");
        var completion = receiver.Spans.Single(span => span.Name == "complete snapshot task");
        var request = receiver.Spans.Single(span => span.Id == submission.Parent);
        request.Name.Should().StartWith("POST /v1/{project_id}/thumbnails");
        (run.Trace, completion.Trace, request.Trace).Should().Be((submission.Trace, submission.Trace, submission.Trace));
        (run.Parent, completion.Parent).Should().Be((submission.Id, run.Id));
        receiver.Metrics.Keys.Should().Contain(
            ["snapshot_tasks.decisions", "snapshot_tasks.wait.duration", "snapshot_tasks.run.duration", "snapshot_tasks.batch.size", "snapshot_tasks.queue.tasks"]);
        receiver.Logs.Should().Contain(line => line.StartsWith("Task {Id} of project {Project} failed"));
    }

    [Fact]
    public async Task Without_the_variable_nothing_of_it_is_loaded()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        (await File.ReadAllTextAsync($"/proc/{server.Id}/maps", TestContext.Current.CancellationToken))
            .Should().Contain("SnapshotTasks.Host").And.NotContain("OpenTelemetry");
    }
}
