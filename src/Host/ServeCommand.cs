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
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "The folder of media/<bucket>/<object>, and of tasks.db with SQLite, made when missing",
            DefaultValueFactory = _ => new DirectoryInfo("data"),
        };
        var store = new Option<string>("--store") { Description = "sqlite or postgres", DefaultValueFactory = _ => StoreChoice.Sqlite };
        store.AcceptOnlyFromAmong(StoreChoice.Sqlite, StoreChoice.Postgres);
        var connection = new Option<string>("--connection")
        {
            Description = "The database of --store postgres, \"Host=…;Database=…;Username=…\"; with a password rather Postgres:Connection in the file of --config",
        };
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
        var config = new Option<FileInfo>("--config") { Description = "A JSON file of settings, for example { \"Worker\": { \"TimeLimit\": \"00:20:00\" } }" };
        config.AcceptExistingOnly();
        var logFormat = new Option<string>("--log-format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        logFormat.AcceptOnlyFromAmong("text", "json");

        var command = new Command("serve", "Accepts, runs and cancels snapshot tasks until Ctrl-C or SIGTERM.")
        {
            urls, data, store, connection, migrate, concurrency, config, logFormat,
        };
        command.SetAction((parsed, cancellationToken) => new Server(
            parsed.GetValue(urls)!,
            parsed.GetValue(data)!,
            new StoreOptions(parsed.GetValue(store)!, parsed.GetValue(connection), parsed.GetValue(migrate)),
            parsed.GetValue(concurrency),
            parsed.GetValue(config),
            parsed.GetValue(logFormat) == "json").RunAsync(cancellationToken));
        return command;
    }
}
