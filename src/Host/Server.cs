using System.Reflection;
using System.Runtime.InteropServices;
using MediatR;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace SnapshotTasks;

/// <summary>The server: every part switched on.</summary>
internal sealed class Server(string urls, DirectoryInfo data, StoreOptions storeOptions, int concurrency, FileInfo? config, bool jsonLogs)
{
    // Beyond the bound of the worker, so that releasing the leases of what still runs has its time.
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    private string MediaRoot => Path.Combine(data.FullName, "media");

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var app = Build();

            // The host itself stops by the other signals of a stop; this one would kill the process, with what runs released by nobody.
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                app.Lifetime.StopApplication();
            });
            await app.StartAsync(cancellationToken);
            WarnOfReaders(app);
            var isPaused = await WarnOfPausesAsync(app, cancellationToken);
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            Console.WriteLine(
                $"SnapshotTasks {Version} ready at {string.Join(' ', addresses)}, store {app.Services.GetRequiredService<StoreChoice>().Place}, media {app.Services.GetRequiredService<MediaChoice>().Place}, concurrency {concurrency}{(isPaused ? ", paused" : "")}");
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or IOException or UnauthorizedAccessException
            or InvalidDataException or StoreUnavailableException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync($"SnapshotTasks cannot start: {refusal.Message}");
            return 1;
        }
    }

    private static string Version => typeof(Server).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        if (config is not null)
        {
            builder.Configuration.AddJsonFile(config.FullName, optional: false);
        }

        builder.WebHost.UseUrls(urls);
        builder.WebHost.UseKestrelHttpsConfiguration();
        ConnectionBound? connections = null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            connections = Callers.SetLimits(kestrel.Limits, builder.Configuration);
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => context => connections.OnConnectionAsync(context, next)));
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(provider => new BoundedListeners(
            new SocketTransportFactory(provider.GetRequiredService<IOptions<SocketTransportOptions>>(), provider.GetRequiredService<ILoggerFactory>()), () => connections!));
        AddLogging(builder.Logging);
        builder.AddTelemetryExport(Version);
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = (builder.Configuration.GetValue<TimeSpan?>("Worker:Shutdown") ?? new WorkerOptions().Shutdown) + ReleaseTime);

        CreateFolders();
        MediaChoice.Add(builder, MediaRoot);
        var store = StoreChoice.Of(storeOptions, StoreArguments.SqlitePath(data), builder.Configuration);
        builder.Services.AddSingleton(store);
        builder.Services.AddSnapshotTasks(tasks =>
        {
            store.Use(tasks);
            tasks.KeepEvents().AddWebhooks(builder.Configuration.GetSection("Webhooks")).AddWireForm();
            tasks.Services.AddOptions<RetentionOptions>().BindConfiguration("Retention", binder => binder.ErrorOnUnknownConfiguration = true);
            if (concurrency > 0)
            {
                // What the command line says counts more than what the configuration does.
                tasks.AddWorker(builder.Configuration.GetSection("Worker"))
                    .AddWorker(worker => worker.Concurrency = concurrency)
                    .AddFfmpeg();
            }
        });

        builder.AddCallers();
        builder.Services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) =>
            {
                // Where this host happens to listen is no part of the contract.
                (document.Info, document.Servers) = (new OpenApiInfo { Title = "SnapshotTasks", Version = "v1" }, []);
                return Task.CompletedTask;
            });
        });

        var app = builder.Build();
        CheckListening(app);
        app.Services.GetRequiredService<MediaChoice>(); // Whatever runs here or not: what it refuses, it refuses at start.
        app.Use((context, next) => connections?.OnRequestAsync(context, next) ?? next(context));
        app.UseProxies();
        app.Use(DropSecondSlash);
        app.UseSnapshotTasksErrors();
        app.UseRouting(); // By the path as it is now, and not as it came.
        app.MapSnapshotTasks();
        app.MapSnapshotTasksHealth();
        app.MapOpenApi();
        return app;
    }

    // Some clients add a slash to the address they are given.
    private static Task DropSecondSlash(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is ['/', '/', 'v', ..] path)
        {
            context.Request.Path = path[1..];
        }

        return next(context);
    }

    private void CheckListening(WebApplication app)
    {
        var listening = new Listening(urls, app.Configuration);
        var credentials = app.ReadSettings();
        if (credentials.AccessKeys.Count + credentials.Tokens.Count == 0)
        {
            listening.RefuseWithoutCredential();
        }
        else if (listening.InTheClear is { Count: > 0 } open)
        {
            app.Logger.LogWarning(
                "{Addresses} can be reached beyond this machine without TLS: whoever listens on the way can read tokens and repeat requests.",
                string.Join(' ', open));
        }
    }

    // A new data folder is the server's alone; one that is there keeps its permissions.
    private void CreateFolders()
    {
        foreach (var folder in new[] { data.FullName, MediaRoot })
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, Modes.Private);
            }
        }
    }

    private void WarnOfReaders(WebApplication app)
    {
        if (config is not null && !OperatingSystem.IsWindows() && config.UnixFileMode.HasFlag(UnixFileMode.OtherRead))
        {
            app.Logger.LogWarning("Everybody on this machine can read {Config}: chmod 600 keeps what is secret in it.", config.FullName);
        }
    }

    private static async Task<bool> WarnOfPausesAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var pauses = await app.Services.GetRequiredService<IMediator>().Send(new FindPauses(), cancellationToken);
        foreach (var pause in pauses)
        {
            app.Logger.LogWarning("{Paused}", SteeringCommands.Describe(pause));
        }

        return pauses.Any(pause => pause.Project is null);
    }

    private void AddLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails is said in one sentence, on the same stream, without the stack it came from.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (jsonLogs)
        {
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = PlainConsole.Name).AddConsoleFormatter<PlainConsole, ConsoleFormatterOptions>();
        }
    }
}
