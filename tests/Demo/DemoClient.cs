using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SnapshotTasks.Demo;

/// <summary>A task as the demonstration has seen it.</summary>
internal sealed record DemoTask(string Id, string What, string Directory)
{
    public List<string> Life { get; } = ["WAITING"];

    public IReadOnlyList<string> Pictures { get; set; } = [];

    public string Status => Life[^1];

    public bool HasEnded => Status is "SUCCEEDED" or "FAILED" or "CANCELED";
}

/// <summary>What any client of the API does, in plain HTTP.</summary>
internal sealed class DemoClient(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = new Uri(address, "/v1/demo/thumbnails") };

    public void Dispose() => http.Dispose();

    public async Task<string> SubmitAsync(string body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json"));
        using var answer = await http.PostAsync("", content, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.StatusCode == HttpStatusCode.Accepted
            ? JsonDocument.Parse(text).RootElement.GetProperty("task_id").GetString()!
            : throw new InvalidOperationException($"The server did not accept the task: {(int)answer.StatusCode} {text}");
    }

    public async Task<(HttpStatusCode Status, string Text)> CancelAsync(string id, CancellationToken cancellationToken)
    {
        using var answer = await http.DeleteAsync($"?task_id={id}", cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NoContent)
        {
            return (answer.StatusCode, "cancelled");
        }

        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken)).RootElement;
        return (answer.StatusCode, $"{error.GetProperty("error_code")} {error.GetProperty("error_msg")}");
    }

    /// <summary>Asks for the tasks and returns those whose status has changed.</summary>
    public async Task<IReadOnlyList<DemoTask>> RefreshAsync(IReadOnlyList<DemoTask> tasks, CancellationToken cancellationToken)
    {
        var changed = new List<DemoTask>();
        var answer = await http.GetStringAsync($"?{string.Join('&', tasks.Select(task => $"task_id={task.Id}"))}", cancellationToken);
        foreach (var found in JsonDocument.Parse(answer).RootElement.GetProperty("task_array").EnumerateArray())
        {
            var task = tasks.Single(task => task.Id == found.GetProperty("task_id").GetString());
            if (found.GetProperty("status").GetString() is { } status && status != task.Status)
            {
                task.Life.Add(status);
                changed.Add(task);
            }

            if (found.TryGetProperty("thumbnail_info", out var pictures))
            {
                task.Pictures = [.. pictures.EnumerateArray().Select(picture => picture.GetProperty("pic_name").GetString()!)];
            }
        }

        return changed;
    }
}
