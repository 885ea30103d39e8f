using System.Net;

namespace SnapshotTasks.Demo;

/// <summary>What happens in the demonstration, the same on every store; with a second server, one of them is killed.</summary>
internal sealed class DemoStory(TextWriter output, string folder, IReadOnlyList<DemoServer> servers, Action<bool, string> expect) : IDisposable
{
    public const string Bucket = "videos", Clip = "sample.mp4";

    private readonly List<DemoTask> tasks = [];
    private DemoClient client = new(servers[0].Address);

    public void Dispose() => client.Dispose();

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        Say("");
        Say("Submitting:");
        var first = await SubmitAsync("a picture every second", """{"type":"TIME","time":1}""", "every-second", cancellationToken);
        var orphan = servers.Count > 1
            ? await SubmitAsync("the same, on a server to be killed", """{"type":"TIME","time":1}""", "killed", cancellationToken)
            : null;
        var dots = await SubmitAsync("pictures at 3, 10 and 42 s", """{"type":"DOTS","dots":[3,10,42],"output_filename":"cover"}""", "dots", cancellationToken);
        var cancelled = await SubmitAsync("a picture every 12 s, to be cancelled", """{"type":"TIME"}""", "cancelled", cancellationToken);

        Say("");
        Say("Cancelling:");
        await CancelAsync(cancelled, HttpStatusCode.NoContent, "cancelled", cancellationToken);
        await WatchAsync(() => first.Status != "WAITING" && orphan?.Status != "WAITING", cancellationToken);
        await CancelAsync(first, HttpStatusCode.BadRequest, "PROCESSING", cancellationToken);
        await CancelAsync(cancelled, HttpStatusCode.BadRequest, "CANCELED", cancellationToken);
        await CancelAsync(new DemoTask("999999", "never submitted", ""), HttpStatusCode.BadRequest, "does not exist", cancellationToken);
        if (orphan is not null)
        {
            await KillServerOfAsync(orphan, cancellationToken);
        }

        Say("");
        Say("Waiting for the pictures:");
        await WatchAsync(() => tasks.TrueForAll(task => task.HasEnded), cancellationToken);
        await CancelAsync(first, HttpStatusCode.BadRequest, "SUCCEEDED", cancellationToken);
        ShowTable();
        if (orphan is not null)
        {
            expect(AttemptsOf(orphan).Count == 2, $"task {orphan.Id} is taken over by the other server");
            Show(orphan, expected: 60);
        }

        Show(first, expected: 60);
        Show(dots, expected: 3);
        expect(!Directory.Exists(PictureFolder(cancelled)), $"task {cancelled.Id} was cancelled and has no pictures");
    }

    private async Task<DemoTask> SubmitAsync(string what, string sampling, string directory, CancellationToken cancellationToken)
    {
        var body = $$"""
            {"input":{"bucket":"{{Bucket}}","location":"local","object":"{{Clip}}"},
             "output":{"bucket":"pictures","location":"local","object":"{{directory}}"},
             "original_dir":1,"thumbnail_para":{{sampling}}}
            """;
        var task = new DemoTask(await client.SubmitAsync(body, cancellationToken), what, directory);
        tasks.Add(task);
        Say($"  task {task.Id}: {what}");
        return task;
    }

    private async Task CancelAsync(DemoTask task, HttpStatusCode expected, string reason, CancellationToken cancellationToken)
    {
        var (status, text) = await client.CancelAsync(task.Id, cancellationToken);
        Say($"  task {task.Id} ({task.What}): {(int)status} {text}");
        expect(status == expected && text.Contains(reason, StringComparison.Ordinal), $"cancelling task {task.Id} answers {(int)expected} {reason}");
    }

    private async Task KillServerOfAsync(DemoTask task, CancellationToken cancellationToken)
    {
        var killed = servers.Single(server => server.Started.Any(start => start.Task == task.Id));
        await killed.KillAsync();
        client.Dispose();
        client = new DemoClient(servers.Single(server => server != killed).Address);
        Say("");
        Say($"Killed server {killed.Name} (kill -9) in the middle of task {task.Id}; from here on all is asked of the other:");
        await CancelAsync(task, HttpStatusCode.BadRequest, "PROCESSING", cancellationToken);
    }

    private async Task WatchAsync(Func<bool> until, CancellationToken cancellationToken)
    {
        using var timeLimit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeLimit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!until())
        {
            foreach (var changed in await client.RefreshAsync(tasks, timeLimit.Token))
            {
                Say($"  task {changed.Id} is {changed.Status}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeLimit.Token);
        }
    }

    private void ShowTable()
    {
        Say("");
        Say($"{"task",-5} {"what",-38} {"life",-36} {"pictures",8}  attempts");
        foreach (var task in tasks)
        {
            var attempts = string.Join(", ", AttemptsOf(task).Select(start => $"{start.Attempt} on server {start.Server}"));
            Say($"{task.Id,-5} {task.What,-38} {string.Join(" > ", task.Life),-36} {task.Pictures.Count,8}  {(attempts == "" ? "none" : attempts)}");
        }

        Say("");
        Say("The pictures:");
    }

    private List<(int Attempt, string Server)> AttemptsOf(DemoTask task) =>
        [.. servers.SelectMany(server => server.Started.Where(start => start.Task == task.Id).Select(start => (start.Attempt, server.Name))).Order()];

    private void Show(DemoTask task, int expected)
    {
        expect(task.Status == "SUCCEEDED" && task.Pictures.Count == expected, $"task {task.Id} ends with {expected} pictures");
        var paths = task.Pictures.Select(name => Path.Combine(PictureFolder(task), name)).ToList();
        expect(paths.TrueForAll(File.Exists), $"every picture of task {task.Id} is on disk");
        foreach (var path in paths.Take(3))
        {
            Say($"  {path}");
        }

        if (paths.Count > 3)
        {
            Say($"  ... and {paths.Count - 3} more");
        }
    }

    private string PictureFolder(DemoTask task) => Path.Combine(folder, "media", "pictures", task.Directory);

    private void Say(string line) => output.WriteLine(line);
}
