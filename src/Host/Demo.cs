using System.Net;
using CliWrap;
using CliWrap.Buffered;

namespace SnapshotTasks;

/// <summary>The story of the README, told over HTTP to a real server on a fresh store.</summary>
internal sealed class Demo(TextWriter output)
{
    private const string Bucket = "videos";
    private readonly string folder = Path.Combine("data", $"demo-{TimeProvider.System.GetLocalNow():yyyyMMdd-HHmmss}");
    private readonly List<string> unexpected = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await MakeClipAsync(cancellationToken);
        await using (var server = await DemoServer.StartAsync(folder, cancellationToken))
        {
            Say($"Started a server at {server.Address} on a fresh store in {folder}, running one task at a time.");
            using var client = new DemoClient(server.Address);
            await TellAsync(client, cancellationToken);
        }

        Say("");
        Say(unexpected.Count == 0 ? "All of it happened as promised." : $"Not as promised:\n  {string.Join("\n  ", unexpected)}");
        return unexpected.Count == 0 ? 0 : 1;
    }

    private async Task TellAsync(DemoClient client, CancellationToken cancellationToken)
    {
        Say("");
        Say("Submitting three tasks:");
        var first = await SubmitAsync(client, "a picture every second", """{"type":"TIME","time":1}""", "every-second", cancellationToken);
        var second = await SubmitAsync(client, "pictures at 3, 10 and 42 s", """{"type":"DOTS","dots":[3,10,42],"output_filename":"cover"}""", "dots", cancellationToken);
        var third = await SubmitAsync(client, "a picture every 12 s, to be cancelled", """{"type":"TIME"}""", "cancelled", cancellationToken);
        DemoTask[] tasks = [first, second, third];

        Say("");
        Say("Cancelling:");
        await CancelAsync(client, third, HttpStatusCode.NoContent, "cancelled", cancellationToken);
        await WatchAsync(client, tasks, () => first.Status == "PROCESSING", cancellationToken);
        await CancelAsync(client, first, HttpStatusCode.BadRequest, "PROCESSING", cancellationToken);
        await CancelAsync(client, third, HttpStatusCode.BadRequest, "CANCELED", cancellationToken);
        await CancelAsync(client, new DemoTask("999999", "never submitted", ""), HttpStatusCode.BadRequest, "does not exist", cancellationToken);

        Say("");
        Say("Waiting for the pictures:");
        await WatchAsync(client, tasks, () => tasks.All(task => task.HasEnded), cancellationToken);
        await CancelAsync(client, first, HttpStatusCode.BadRequest, "SUCCEEDED", cancellationToken);

        Say("");
        Say($"{"task",-5} {"what",-38} {"life",-36} pictures");
        foreach (var task in tasks)
        {
            Say($"{task.Id,-5} {task.What,-38} {string.Join(" > ", task.Life),-36} {task.Pictures.Count}");
        }

        Say("");
        Say("The pictures:");
        Show(first, expected: 60);
        Show(second, expected: 3);
        Expect(!Directory.Exists(PictureFolder(third)), $"task {third.Id} was cancelled and has no pictures");
    }

    private async Task MakeClipAsync(CancellationToken cancellationToken)
    {
        var clip = Path.Combine(folder, "media", Bucket, "sample.mp4");
        Directory.CreateDirectory(Path.GetDirectoryName(clip)!);
        Say($"Making a sample clip of 60 s: {clip}");
        await Cli.Wrap("ffmpeg")
            .WithArguments(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=60",
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", clip])
            .ExecuteBufferedAsync(cancellationToken);
    }

    private async Task<DemoTask> SubmitAsync(DemoClient client, string what, string sampling, string directory, CancellationToken cancellationToken)
    {
        var body = $$"""
            {"input":{"bucket":"{{Bucket}}","location":"local","object":"sample.mp4"},
             "output":{"bucket":"pictures","location":"local","object":"{{directory}}"},
             "original_dir":1,"thumbnail_para":{{sampling}}}
            """;
        var task = new DemoTask(await client.SubmitAsync(body, cancellationToken), what, directory);
        Say($"  task {task.Id}: {what}");
        return task;
    }

    private async Task CancelAsync(DemoClient client, DemoTask task, HttpStatusCode expected, string reason, CancellationToken cancellationToken)
    {
        var (status, text) = await client.CancelAsync(task.Id, cancellationToken);
        Say($"  task {task.Id} ({task.What}): {(int)status} {text}");
        Expect(status == expected && text.Contains(reason, StringComparison.Ordinal), $"cancelling task {task.Id} answers {(int)expected} {reason}");
    }

    private async Task WatchAsync(DemoClient client, DemoTask[] tasks, Func<bool> until, CancellationToken cancellationToken)
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

    private void Show(DemoTask task, int expected)
    {
        Expect(task.Status == "SUCCEEDED" && task.Pictures.Count == expected, $"task {task.Id} ends with {expected} pictures");
        var paths = task.Pictures.Select(name => Path.Combine(PictureFolder(task), name)).ToList();
        Expect(paths.TrueForAll(File.Exists), $"every picture of task {task.Id} is on disk");
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

    private void Expect(bool happened, string promise)
    {
        if (!happened)
        {
            unexpected.Add(promise);
        }
    }

    private void Say(string line) => output.WriteLine(line);
}
