using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>The wire on a real socket, over the in-memory store; tests move tasks as a worker would.</summary>
public sealed class WireServer : IAsyncLifetime
{
    public const string Project = "tests";
    public const string Thumbnails = $"/v1/{Project}/thumbnails";

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);
    private readonly ErrorLog errors = new();
    private WebApplication? app;
    private int handled;

    /// <summary>Whether the host is one that serves nothing but the wire.</summary>
    public bool OwnHost { get; init; } = true;

    /// <summary>What the host has besides the use cases; nothing runs tasks unless this adds a worker.</summary>
    public Action<SnapshotTasksBuilder> Parts { get; init; } = _ => { };

    public WireClock Time { get; } = new();

    internal WireStore Store { get; private set; } = null!;

    public HttpClient Client { get; } = new() { Timeout = Hang };

    /// <summary>How many requests are being handled, whether or not their callers still wait.</summary>
    public int Handled => Volatile.Read(ref handled);

    public IReadOnlyCollection<string> LoggedErrors => errors.Messages;

    public static async Task<WireServer> StartAsync(bool ownHost = true, Action<SnapshotTasksBuilder>? parts = null)
    {
        var server = new WireServer { OwnHost = ownHost, Parts = parts ?? (_ => { }) };
        await server.InitializeAsync();
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel =>
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(1.1)));
        builder.Logging.ClearProviders().AddProvider(errors);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSnapshotTasks(tasks => Parts(tasks.UseStore(_ => Store = new WireStore(new InMemoryTaskStore(Time)))));
        app = builder.Build();
        app.Use(async (context, next) =>
        {
            Interlocked.Increment(ref handled);
            try
            {
                await next(context);
            }
            finally
            {
                Interlocked.Decrement(ref handled);
            }
        });
        if (OwnHost)
        {
            app.UseSnapshotTasksErrors();
        }

        app.MapSnapshotTasks();
        app.MapSnapshotTasksHealth();
        await app.StartAsync();
        Client.BaseAddress = new Uri(app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app!.DisposeAsync();
    }

    /// <summary>Waits for the requests on their way, also those whose callers have gone.</summary>
    public Task StopAsync() => app!.StopAsync();

    public async Task<WireAnswer> SendAsync(HttpMethod method, string path, byte[]? body = null, string? contentType = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key).Should().BeTrue();
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        using var response = await Client.SendAsync(request);
        var answer = await WireAnswer.ReadAsync(response);

        // A bug, which some tests cause, is not described.
        var target = new Uri(Client.BaseAddress!, path).AbsolutePath;
        if (OwnHost && target.StartsWith("/v1/", StringComparison.Ordinal) && method != HttpMethod.Head && answer.Status != 500)
        {
            OpenApiValidator.Check(method, target, answer);
        }

        return answer;
    }

    public Task<WireAnswer> PostAsync(string body, string project = Project, string? key = null) =>
        SendAsync(HttpMethod.Post, $"/v1/{project}/thumbnails", Encoding.UTF8.GetBytes(body), "application/json;charset=UTF-8", key);

    public Task<WireAnswer> GetAsync(string query = "", string project = Project) => SendAsync(HttpMethod.Get, $"/v1/{project}/thumbnails{query}");

    public Task<WireAnswer> DeleteAsync(string query, string project = Project) => SendAsync(HttpMethod.Delete, $"/v1/{project}/thumbnails{query}");

    /// <summary>Cancels many.</summary>
    public Task<WireAnswer> CancelManyAsync(string body, string project = Project, string? key = null) =>
        SendAsync(HttpMethod.Post, $"/v1/{project}/thumbnails/cancellations", Encoding.UTF8.GetBytes(body), "application/json", key);

    /// <summary>Asks what became of many, by the id of the cancellation and what follows it.</summary>
    public Task<WireAnswer> CancellationAsync(string path, string project = Project) =>
        SendAsync(HttpMethod.Get, $"/v1/{project}/thumbnails/cancellations/{path}");

    /// <summary>Asks what has happened.</summary>
    public Task<WireAnswer> EventsAsync(string query = "", string project = Project) => SendAsync(HttpMethod.Get, $"/v1/{project}/events{query}");

    /// <summary>Queues a task and returns its id.</summary>
    public async Task<string> CreateAsync(string project = Project, params (string Field, string Json)[] changes) =>
        (await PostAsync(WireBody.With(changes), project)).Json.GetProperty("task_id").GetString()!;

    internal async Task<SnapshotTask> TaskAsync(string id, string project = Project) =>
        (await Store.GetAsync(new ProjectId(project), [new TaskId(long.Parse(id, null))])).Single();

    public Task<int> TotalAsync() => Store.CountAsync(new TaskFilter(new ProjectId(Project)), int.MaxValue);

    /// <summary>Starts the longest queued task.</summary>
    internal async Task<SnapshotTask> StartNextAsync() => (await Store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Single().Task;

    internal async Task CompleteNextAsync(params string[] pictures)
    {
        var task = await StartNextAsync();
        await Store.DecideAsync(TaskDecision.Complete(task.Id, task.Lease!, pictures));
    }

    /// <summary>Tasks that have ended with pictures, with a failure, and that run.</summary>
    public async Task<(string Succeeded, string Failed, string Running)> StartedAsync()
    {
        var succeeded = await CreateAsync();
        await CompleteNextAsync("0.jpg");
        var failed = await CreateAsync();
        await FailNextAsync(FailureCode.InputNotFound, "It is not there.");
        var running = await CreateAsync();
        await StartNextAsync();
        return (succeeded, failed, running);
    }

    internal async Task FailNextAsync(FailureCode code, string reason)
    {
        var task = await StartNextAsync();
        await Store.DecideAsync(TaskDecision.Fail(task.Id, task.Lease!, new Failure(code, reason)));
    }

    /// <summary>Writes bytes to a connection of its own and reads all that comes back until the server closes it.</summary>
    public async Task<string> RawAsync(string request, bool halfClose = false)
    {
        using var patience = new CancellationTokenSource(Hang);
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", Client.BaseAddress!.Port, patience.Token);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
        if (halfClose)
        {
            connection.Client.Shutdown(SocketShutdown.Send);
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        try
        {
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (IOException) when (halfClose)
        {
            return ""; // The server owes nothing to a caller who hung up in the middle of a body, and resets the connection.
        }
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Messages.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>A clock that only a test advances, and that knows who waits for it.</summary>
public sealed class WireClock() : FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero))
{
    private readonly ConcurrentQueue<TimeSpan> waits = [];

    /// <summary>How long everybody has begun to wait, in this order.</summary>
    public IReadOnlyCollection<TimeSpan> Waits => waits;

    /// <summary>Whether somebody has begun to wait for this long.</summary>
    public bool HasBeenAskedFor(TimeSpan wait) => waits.Contains(wait);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Enqueue(dueTime);
        return timer;
    }
}

/// <summary>What came back.</summary>
public sealed record WireAnswer(int Status, string? ContentType, string? RequestId, string? RetryAfter, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? ErrorCode => Json.GetProperty("error_code").GetString();

    public string? ErrorMessage => Json.GetProperty("error_msg").GetString();

    public IEnumerable<JsonElement> Tasks => Json.GetProperty("task_array").EnumerateArray();

    public IEnumerable<string?> Ids => Tasks.Select(task => task.GetProperty("task_id").GetString());

    public static async Task<WireAnswer> ReadAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        response.Content.Headers.ContentType?.MediaType,
        response.Headers.TryGetValues("X-Request-Id", out var ids) ? ids.Single() : null,
        response.Headers.RetryAfter?.ToString(),
        await response.Content.ReadAsStringAsync());

    /// <summary>Every error has the whole body, and its message the words that help.</summary>
    public void MustBeError(int status, string code, params string[] words)
    {
        Status.Should().Be(status, Body);
        ContentType.Should().Be("application/json");
        ErrorCode.Should().Be(code, Body);
        ErrorMessage.Should().NotBeNullOrEmpty().And.ContainAll(words.Append(""));
        RequestId.Should().MatchRegex("^[0-9a-f]{32}$");
        Json.GetProperty("request_id").GetString().Should().Be(RequestId);
    }
}
