using System.CommandLine;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>The command line of the server.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen, several separated by ';', port 0 takes a free one; beyond loopback only with a credential (docs/security.md)",
            DefaultValueFactory = _ => "http://127.0.0.1:8080",
        };
        var store = new StoreArguments();
        var migrate = new Option<bool>("--migrate") { Description = "Creates the schema of --store postgres, or brings it up to date; SQLite always does" };
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "How many tasks run at once, 0 to 1024; 0 accepts and cancels but runs nothing",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        concurrency.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1024))
            {
                result.AddError($"--concurrency must be 0 to 1024, not {token.Value}.");
            }
        });
        var logFormat = new Option<string>("--log-format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        logFormat.AcceptOnlyFromAmong("text", "json");

        var command = new Command("serve", "Accepts, runs and cancels snapshot tasks until Ctrl-C or SIGTERM.")
        {
            urls, migrate, concurrency, logFormat,
        };
        store.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new Server(
            parsed.GetValue(urls)!,
            store.Data(parsed),
            store.Store(parsed, parsed.GetValue(migrate)),
            parsed.GetValue(concurrency),
            store.Config(parsed),
            parsed.GetValue(logFormat) == "json").RunAsync(cancellationToken));
        return command;
    }
}
