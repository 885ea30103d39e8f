using System.CommandLine;

namespace SnapshotTasks;

/// <summary>What every command line that needs the store says about it.</summary>
internal sealed class StoreArguments
{
    private readonly Option<DirectoryInfo> data = DataFolder();

    private readonly Option<string> store = new("--store") { Description = "sqlite or postgres", DefaultValueFactory = _ => StoreChoice.Sqlite };

    private readonly Option<string> connection = new("--connection")
    {
        Description = "The database of --store postgres, \"Host=…;Database=…;Username=…\"; with a password rather Postgres:Connection in the file of --config",
    };

    private readonly Option<FileInfo> config = new("--config") { Description = "A JSON file of settings, for example { \"Worker\": { \"TimeLimit\": \"00:20:00\" } }" };

    public StoreArguments()
    {
        store.AcceptOnlyFromAmong(StoreChoice.Sqlite, StoreChoice.Postgres);
        config.AcceptExistingOnly();
    }

    /// <summary>The folder that the server keeps everything in.</summary>
    public static Option<DirectoryInfo> DataFolder() => new("--data")
    {
        Description = "The folder of media/<bucket>/<object>, and of tasks.db with SQLite, made when missing",
        DefaultValueFactory = _ => new DirectoryInfo("data"),
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[data, store, connection, config])
        {
            command.Add(option);
        }
    }

    public DirectoryInfo Data(ParseResult parsed) => parsed.GetValue(data)!;

    public FileInfo? Config(ParseResult parsed) => parsed.GetValue(config);

    public StoreOptions Store(ParseResult parsed, bool migrate = false) => new(parsed.GetValue(store)!, parsed.GetValue(connection), migrate);

    /// <summary>Where SQLite keeps its tasks.</summary>
    public static string SqlitePath(DirectoryInfo data) => Path.Combine(data.FullName, "tasks.db");
}
