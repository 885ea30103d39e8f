using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>A host with credentials, as an embedder writes one, on a real socket.</summary>
public sealed class AuthServer : IAsyncDisposable
{
    public const string Key = "AKTESTS00001", Secret = "a-secret-of-the-tests", OtherKey = "AKTESTS00002", OtherSecret = "another-secret-of-the-tests";
    public const string Token = "a-token-of-the-tests", OtherToken = "another-token-of-the-tests";
    public const string Project = "tests", OtherProject = "others", SecondProject = "tests-2";
    public const string Thumbnails = $"/v1/{Project}/thumbnails";

    /// <summary>A header of the tests: the address that the connection is said to come from.</summary>
    public const string AddressHeader = "X-Test-Address";

    public static readonly (string Name, string Value)[] Credentials =
    [
        ("Credentials:AccessKeys:0:AccessKey", Key), ("Credentials:AccessKeys:0:SecretKey", Secret),
        ("Credentials:AccessKeys:0:Projects:0", Project), ("Credentials:AccessKeys:0:Projects:1", SecondProject),
        ("Credentials:AccessKeys:1:AccessKey", OtherKey), ("Credentials:AccessKeys:1:SecretKey", OtherSecret),
        ("Credentials:AccessKeys:1:Projects:0", OtherProject),
        ("Credentials:Tokens:0:Token", Token), ("Credentials:Tokens:0:Projects:0", Project), ("Credentials:Tokens:0:Projects:1", SecondProject),
        ("Credentials:Tokens:1:Token", OtherToken), ("Credentials:Tokens:1:Projects:0", OtherProject),
    ];

    private readonly WebApplication app;
    private readonly AuthConnection connection;
    private readonly AuthLog log;

    private AuthServer(WebApplication app, FakeTimeProvider time, AuthLog log)
    {
        (this.app, Time, this.log) = (app, time, log);
        connection = new AuthConnection(Port);
    }

    public FakeTimeProvider Time { get; }

    public IReadOnlyCollection<string> Log => log.Messages;

    internal WireStore Store => app.Services.GetRequiredService<WireStore>();

    public int Port => new Uri(app.Urls.Single()).Port;

    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    public static Task<AuthServer> StartAsync(params (string Name, string Value)[] settings) => StartAsync(Credentials, settings);

    public static async Task<AuthServer> StartAsync(
        (string Name, string Value)[] credentials,
        (string Name, string Value)[] settings,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var log = new AuthLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Configuration.AddInMemoryCollection(credentials.Concat(settings).ToDictionary(it => it.Name, it => (string?)it.Value));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(new WireStore(new InMemoryTaskStore(time)));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseStore(provider => provider.GetRequiredService<WireStore>()));
        builder.Services.Configure<CredentialOptions>(builder.Configuration.GetSection("Credentials"));
        builder.Services.Configure<ThrottlingOptions>(builder.Configuration.GetSection("Throttling"));
        builder.Services.Configure<SubmissionOptions>(builder.Configuration.GetSection("Throttling"));
        builder.Services.AddAuthentication().AddSdkSignature().AddAuthToken();
        builder.Services.AddAuthorization();
        services?.Invoke(builder.Services);

        var app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Request.Headers[AddressHeader] is [{ } address])
            {
                context.Connection.RemoteIpAddress = address == "none" ? null : IPAddress.Parse(address);
            }

            return next(context);
        });
        app.UseSnapshotTasksErrors();
        (map ?? (it => it.MapSnapshotTasks()))(app);
        app.MapSnapshotTasksHealth();
        await app.StartAsync();
        return new AuthServer(app, time, log);
    }

    public async ValueTask DisposeAsync()
    {
        connection.Dispose();
        await app.DisposeAsync();
    }

    /// <summary>A request that this server accepts, to be made wrong by tests.</summary>
    public AuthRequest Request(string method = "GET", string path = Thumbnails) => new(method, path, Time.GetUtcNow());

    /// <summary>A signed create.</summary>
    public AuthRequest Create() => new("POST", Thumbnails, Time.GetUtcNow())
    {
        Headers = [("Host", "mpc.example.com"), ("Content-Type", "application/json")],
        Body = Encoding.UTF8.GetBytes(WireBody.With()),
    };

    public Task<WireAnswer> SendAsync(AuthRequest request) => SendAsync(request.Sign().ToBytes());

    public Task<WireAnswer> SendAsync(byte[] request) => connection.SendAsync(request);

    /// <summary>Sends a request with these headers and nothing else of a credential.</summary>
    public Task<WireAnswer> SendAsync(string method, string target, string body = "", params (string Name, string Value)[] headers) =>
        SendAsync(Encoding.UTF8.GetBytes(
            $"{method} {target} HTTP/1.1\r\n{(headers.Any(header => header.Name == "Host") ? "" : "Host: localhost\r\n")}{string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}"
            + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    public Task<WireAnswer> SendWithTokenAsync(string method, string target, string body = "", string token = Token) =>
        SendAsync(method, target, body, ("X-Auth-Token", token));
}
