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
        var readme = Repository.Read("README.md");
        var lines = readme[readme.IndexOf("# submit:", StringComparison.Ordinal)..];
        lines = lines[..lines.IndexOf("```", StringComparison.Ordinal)]
            .Replace("http://127.0.0.1:8080", server.Client.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal);

        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", lines]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync();

        output.Should().Contain("202 Accepted").And.Contain("{\"task_id\":\"1\"}").And.Contain("\"status\":\"WAITING\"").And.Contain("204 No Content");
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
}
