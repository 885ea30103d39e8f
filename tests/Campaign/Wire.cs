using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SnapshotTasks.Campaign;

/// <summary>The HTTP interface as a client sees it; writes down each request before it is sent, and what was told.</summary>
internal sealed partial class Wire(Journal journal) : IDisposable
{
    /// <summary>How many tasks are asked about at once.</summary>
    public const int MostInALook = 10;

    /// <summary>The reason of a silence that the client itself has caused.</summary>
    public const string Cut = "cut";

    private const string Path = "/v1/campaign/thumbnails";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static long requests;
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => http.Dispose();

    /// <summary>Submits a task.</summary>
    /// <param name="host">Where.</param>
    /// <param name="mark">The output directory, which is the key of the submission as well: it can be repeated.</param>
    /// <param name="cut">When the client hangs up, if it does.</param>
    public async Task<Told> SubmitAsync(Uri host, string mark, TimeSpan? cut)
    {
        var isLong = new KnownTask("", mark).IsLong;
        var body = new Dictionary<string, object>
        {
            ["input"] = new { bucket = Clips.Bucket, location = "here", @object = isLong ? Clips.Long : Clips.Short },
            ["output"] = new { bucket = "pictures", location = "here", @object = mark },
            ["original_dir"] = 1,
            ["thumbnail_para"] = isLong ? new { type = "TIME", time = 1 } : new { type = "DOTS", dots = new[] { 0 } },
        };
        var told = await AskAsync(Question.Submit, mark, cut, async (request, hangUp) =>
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(host, Path)) { Content = JsonContent.Create(body) };
            post.Headers.Add("Idempotency-Key", mark);
            using var answer = await http.SendAsync(post, hangUp);
            return [answer.StatusCode == HttpStatusCode.Accepted
                ? new Told(0, request, Answer.Accepted, (await ReadAsync(answer, hangUp)).GetProperty("task_id").GetString(), "WAITING")
                : await ErrorAsync(request, null, answer, hangUp)];
        });
        return told[0];
    }

    /// <summary>Cancels a task; true when it has ended, whoever ended it.</summary>
    public async Task<bool> CancelAsync(Uri host, string task, TimeSpan? cut)
    {
        var told = await AskAsync(Question.Cancel, task, cut, async (request, hangUp) =>
        {
            using var answer = await http.DeleteAsync(new Uri(host, $"{Path}?task_id={task}"), hangUp);
            return [answer.StatusCode == HttpStatusCode.NoContent
                ? new Told(0, request, Answer.Cancelled, task, "CANCELED")
                : await ErrorAsync(request, task, answer, hangUp)];
        });
        return HasEnded(told[0].Status);
    }

    /// <summary>Looks at tasks; the ids of those that have ended.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(Uri host, IReadOnlyList<string> tasks)
    {
        var told = await AskAsync(Question.Look, string.Join(' ', tasks), null, async (request, hangUp) =>
        {
            using var answer = await http.GetAsync(new Uri(host, $"{Path}?{string.Join('&', tasks.Select(task => $"task_id={task}"))}"), hangUp);
            return answer.StatusCode == HttpStatusCode.OK
                ? [.. (await ReadAsync(answer, hangUp)).GetProperty("task_array").EnumerateArray().Select(task => See(request, task))]
                : [await ErrorAsync(request, null, answer, hangUp)];
        });
        return [.. told.Where(seen => HasEnded(seen.Status)).Select(seen => seen.Task!)];
    }

    private static bool HasEnded(string? status) => status is "SUCCEEDED" or "FAILED" or "CANCELED";

    private async Task<IReadOnlyList<Told>> AskAsync(
        Question what, string about, TimeSpan? cut, Func<long, CancellationToken, Task<IReadOnlyList<Told>>> ask)
    {
        var request = Interlocked.Increment(ref requests);
        journal.Write(at => new Asked(at, request, what, about));
        IReadOnlyList<Told> told;
        using var hangUp = new CancellationTokenSource(cut ?? Patience);
        try
        {
            told = await ask(request, hangUp.Token);
        }
        catch (Exception silence) when (silence is HttpRequestException or IOException or OperationCanceledException)
        {
            told = [new Told(0, request, Answer.Silence, Text: cut is null ? silence.Message : Cut)];
        }

        foreach (var each in told)
        {
            journal.Write(at => each with { At = at });
        }

        return told;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken hangUp) =>
        await answer.Content.ReadFromJsonAsync<JsonElement>(hangUp);

    private static async Task<Told> ErrorAsync(long request, string? task, HttpResponseMessage answer, CancellationToken hangUp)
    {
        var text = (await ReadAsync(answer, hangUp)).GetProperty("error_msg").GetString()!;
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            var meant = text.Contains("Nothing was changed", StringComparison.Ordinal) ? Answer.Unavailable
                : text.Contains("may or may not", StringComparison.Ordinal) ? Answer.Unknown
                : Answer.Wrong;
            return new(0, request, meant, task, Text: text);
        }

        return answer.StatusCode == HttpStatusCode.BadRequest && Refusal().Match(text) is { Success: true } refusal
            ? new(0, request, Answer.Refused, task, refusal.Groups["status"].Value, NotADigit().Replace(refusal.Groups["since"].Value, ""))
            : new(0, request, Answer.Wrong, task, Text: $"{(int)answer.StatusCode} {text}");
    }

    // What must not change once a task has ended: when, and with what.
    private static Told See(long request, JsonElement task)
    {
        var status = task.GetProperty("status").GetString();
        var pictures = task.TryGetProperty("thumbnail_info", out var info) ? info.GetArrayLength() : 0;
        var end = task.TryGetProperty("end_time", out var time) ? time.GetString() : null;
        return new(0, request, Answer.Seen, task.GetProperty("task_id").GetString(), status, HasEnded(status) ? $"{end} with {pictures}" : null);
    }

    [GeneratedRegex("The task is (?<status>[A-Z]+) since (?<since>\\S+) and")]
    private static partial Regex Refusal();

    [GeneratedRegex("[^0-9]")]
    private static partial Regex NotADigit();
}
