using System.Diagnostics;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>What the README tells a newcomer to do, done.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_curl_lines_work_as_pasted()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        var output = await PasteAsync(server, "README.md", "# submit:");

        output.Should().Contain("202 Accepted").And.Contain("{\"task_id\":\"1\"}").And.Contain("\"status\":\"WAITING\"").And.Contain("204 No Content");
    }

    [Fact]
    public async Task The_curl_lines_that_cancel_many_work_as_pasted()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        await PasteAsync(server, "README.md", "# submit:", stop: "# ");
        var output = await PasteAsync(server, "docs/http-api.md", "# how many would it be:");

        output.Should().Contain("\"total\":1,\"cancelled\":0").And.Contain("\"total\":1,\"cancelled\":1").And.Contain("\"outcome\":\"CANCELED\"")
            .And.Contain("\"outcome\":\"REFUSED\"").And.Contain("{\"task_id\":\"999\",\"outcome\":\"NO_TASK\"}");
    }

    [Fact]
    public async Task The_curl_lines_that_ask_what_has_happened_work_as_pasted()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        await PasteAsync(server, "README.md", "# submit:");
        var output = await PasteAsync(server, "docs/http-api.md", "# all that ended, from the first event that is kept on:");

        output.Should().Contain("{\"event_array\":[],\"next\":\"").And.Contain("\"event\":\"WAITING\"").And.Contain("\"event\":\"CANCELED\"");
    }

    [Fact]
    public async Task The_lines_of_an_embedder_work()
    {
        string[] args = [];
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Services.AddSnapshotTasks(tasks => tasks
            .UseSqlite("snapshots.db")
            .AddWorker()
            .AddFfmpeg());
        var app = builder.Build();
        app.MapSnapshotTasks();
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();

        var mediator = app.Services.GetRequiredService<IMediator>();
        var project = new ProjectId("p");
        var request = new SnapshotRequest(new("videos", "local", "missing.mp4"), new("pictures", "local", "out"), Sampling.Every(TimeSpan.FromSeconds(1)));
        var submitted = await mediator.Send(new SubmitSnapshotTask(project, request));
        var outcome = await mediator.Send(new CancelSnapshotTask(project, submitted.Task.Id));
        Console.WriteLine($"{outcome.Answer}: {outcome.State} since {outcome.Since}");

        outcome.Answer.Should().BeOneOf(CancelAnswer.Cancelled, CancelAnswer.Refused);
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static async Task<string> PasteAsync(ServerProcess server, string page, string start, string stop = "```")
    {
        var lines = Repository.Read(page);
        lines = lines[lines.IndexOf(start, StringComparison.Ordinal)..];
        lines = lines[..lines.IndexOf(stop, start.Length, StringComparison.Ordinal)]
            .Replace("http://127.0.0.1:8080", server.Client.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal);

        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", lines]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await bash.StandardOutput.ReadToEndAsync();
    }
}
