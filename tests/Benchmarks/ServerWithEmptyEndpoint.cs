using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SnapshotTasks.Benchmarks;

/// <summary>The real server, as its own program starts it, with one endpoint more.</summary>
internal static class ServerWithEmptyEndpoint
{
    public const string Name = "server";
    public const string Path = "empty";

    public static Command Command()
    {
        var arguments = new Argument<string[]>("arguments") { Description = "The arguments of the server, behind --" };
        var command = new Command(Name, "The server with an empty endpoint, for the benchmark http.") { arguments };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            using var listening = DiagnosticListener.AllListeners.Subscribe(new HostsBeingBuilt());
            return (int)Assembly.Load("SnapshotTasks.Host").EntryPoint!.Invoke(null, [parsed.GetRequiredValue(arguments)])!;
        });
        return command;
    }

    /// <summary>Hears of every host before it is built, as the test host of ASP.NET Core does.</summary>
    private sealed class HostsBeingBuilt : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
            {
                value.Subscribe(this);
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is ("HostBuilding", IHostBuilder host))
            {
                host.ConfigureServices(services => services.AddSingleton<IStartupFilter, EmptyEndpoint>());
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class EmptyEndpoint : IStartupFilter
    {
        // After the server's own pipeline, and by its own routing: a request for it takes the way that all others take.
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.UseEndpoints(endpoints => endpoints.MapDelete(Path, () => Results.NoContent()));
        };
    }
}
