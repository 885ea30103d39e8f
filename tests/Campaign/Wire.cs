using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SnapshotTasks.Campaign;

/// <summary>The HTTP interface as a client sees it; writes down each request before it is sent, and what was told.</summary>
internal sealed partial class Wire(string project, Journal journal) : IDisposable
{
    /// <summary>How many tasks are asked about at once.</summary>
    public const int MostInALook = 10;

    /// <summary>The reason of a silence that the client itself has caused.</summary>
    public const string Cut = "cut";

    private const string KeyHeader = "Idempotency-Key";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private readonly string path = $"/v1/{project}/thumbnails";
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => http.Dispose();

    /// <summary>Submits a task.</summary>
    /// <param name="host">Where.</param>
    /// <param name="mark">The output directory, which is the key of the submission as well: it can be repeated.</param>
    /// <param name="cut">When the client hangs up, if it does.</param>
    public async Task<Told> SubmitAsync(Uri host, string mark, TimeSpan? cut)
    {
        var subject = KnownTask.SubjectOf(mark);
        var isLong = subject == Subject.Long;
        var body = new Dictionary<string, object>
        {
            ["input"] = new { bucket = Clips.BucketOf(subject), location = "here", @object = Clips.NameOf(subject) },
            ["output"] = new { bucket = "pictures", location = "here", @object = mark },
            ["original_dir"] = 1,
            ["thumbnail_para"] = isLong ? new { type = "TIME", time = 1 } : new { type = "DOTS", dots = new[] { 0 } },
        };
        var told = await AskAsync(Question.Submit, mark, cut, async (request, hangUp) =>
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(host, path)) { Content = JsonContent.Create(body) };
            post.Headers.Add(KeyHeader, mark);
            using var answer = await http.SendAsync(post, hangUp);
            return [answer.StatusCode == HttpStatusCode.Accepted
                ? new Told(0, request, Answer.Accepted, (await ReadAsync(answer, hangUp)).GetProperty("task_id").GetString(), "WAITING")
                : await ErrorAsync(request, null, answer, hangUp)];
        });
        return (Told)told[0];
    }

    /// <summary>Cancels a task; true when it has ended, whoever ended it.</summary>
    public async Task<bool> CancelAsync(Uri host, string task, TimeSpan? cut)
    {
        var told = await AskAsync(Question.Cancel, task, cut, async (request, hangUp) =>
        {
            using var answer = await http.DeleteAsync(new Uri(host, $"{path}?task_id={task}"), hangUp);
            return [answer.StatusCode == HttpStatusCode.NoContent
                ? new Told(0, request, Answer.Cancelled, task, "CANCELED")
                : await ErrorAsync(request, task, answer, hangUp)];
        });
        return HasEnded(((Told)told[0]).Status);
    }

    /// <summary>Looks at tasks; the ids of those that have ended.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(Uri host, IReadOnlyList<string> tasks)
    {
        var told = await AskAsync(Question.Look, string.Join(' ', tasks), null, async (request, hangUp) =>
        {
            using var answer = await http.GetAsync(new Uri(host, $"{path}?{string.Join('&', tasks.Select(task => $"task_id={task}"))}"), hangUp);
            return answer.StatusCode == HttpStatusCode.OK
                ? [.. (await ReadAsync(answer, hangUp)).GetProperty("task_array").EnumerateArray().Select(task => See(request, task))]
                : [await ErrorAsync(request, null, answer, hangUp)];
        });
        return [.. told.OfType<Told>().Where(seen => HasEnded(seen.Status)).Select(seen => seen.Task!)];
    }

    /// <summary>Asks which queued tasks match, and has them written down; none when that is not known.</summary>
    /// <param name="host">Where.</param>
    /// <param name="key">The key, with which it can be repeated.</param>
    /// <param name="prefix">What the input begins with; none for all.</param>
    /// <param name="cut">When the client hangs up, if it does.</param>
    public Task<CancellationTold?> CountAsync(Uri host, string key, string? prefix, TimeSpan? cut) =>
        AskManyAsync(Question.DryRun, $"{key} {prefix}", cut, () => Post(host, key, prefix is null ? new { filter = new { all = true } } : new { filter = new { object_prefix = prefix } }));

    /// <summary>Cancels what was written down.</summary>
    public Task<CancellationTold?> CarryOutAsync(Uri host, string cancellation, TimeSpan? cut) =>
        AskManyAsync(Question.CarryOut, cancellation, cut, () => Post(host, null, new { cancellation_id = cancellation }));

    /// <summary>Cancels several tasks.</summary>
    public Task<CancellationTold?> CancelManyAsync(Uri host, string key, IReadOnlyList<string> tasks, TimeSpan? cut) =>
        AskManyAsync(Question.CancelMany, $"{key} {string.Join(' ', tasks)}", cut, () => Post(host, key, new { task_ids = tasks }));

    /// <summary>Looks at what became of the tasks of a cancellation.</summary>
    public Task<CancellationTold?> LookAtManyAsync(Uri host, string cancellation) =>
        AskManyAsync(Question.LookAtMany, cancellation, null, () => new HttpRequestMessage(HttpMethod.Get, new Uri(host, $"{path}/cancellations/{cancellation}")));

    private HttpRequestMessage Post(Uri host, string? key, object body)
    {
        var post = new HttpRequestMessage(HttpMethod.Post, new Uri(host, $"{path}/cancellations")) { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            post.Headers.Add(KeyHeader, key);
        }

        return post;
    }

    private async Task<CancellationTold?> AskManyAsync(Question what, string about, TimeSpan? cut, Func<HttpRequestMessage> create)
    {
        var told = await AskAsync(what, about, cut, async (request, hangUp) =>
        {
            using var message = create();
            using var answer = await http.SendAsync(message, hangUp);
            return answer.StatusCode == HttpStatusCode.OK ? [.. SeeMany(request, await ReadAsync(answer, hangUp))] : [await ErrorAsync(request, null, answer, hangUp)];
        });
        return told[0] as CancellationTold;
    }

    private static IEnumerable<Entry> SeeMany(long request, JsonElement cancellation)
    {
        var id = cancellation.GetProperty("cancellation_id").GetString()!;
        yield return new CancellationTold(0, request, id, cancellation.GetProperty("total").GetInt32(), cancellation.GetProperty("remaining").GetInt32());
        foreach (var task in cancellation.TryGetProperty("task_array", out var tasks) ? tasks.EnumerateArray() : [])
        {
            var details = Text(task, "status") is { } status ? $"{status} since {Text(task, "since")}" : null;
            yield return new OutcomeTold(0, request, id, Text(task, "task_id")!, Text(task, "outcome"), details);
        }
    }

    private static string? Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool HasEnded(string? status) => status is "SUCCEEDED" or "FAILED" or "CANCELED";

    private async Task<IReadOnlyList<Entry>> AskAsync(
        Question what, string about, TimeSpan? cut, Func<long, CancellationToken, Task<IReadOnlyList<Entry>>> ask)
    {
        var request = journal.NewRequest();
        journal.Write(at => new Asked(at, request, what, about));
        IReadOnlyList<Entry> told;
        using var hangUp = new CancellationTokenSource(cut ?? Patience);
        try
        {
            told = await ask(request, hangUp.Token);
        }
        catch (Exception silence) when (silence is HttpRequestException or IOException or SocketException or OperationCanceledException)
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
