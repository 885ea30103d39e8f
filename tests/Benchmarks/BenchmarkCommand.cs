using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>What a benchmark is given.</summary>
/// <param name="Options">The command line.</param>
/// <param name="Folder">Its own folder, deleted after the run.</param>
/// <param name="Report">Where its findings go.</param>
internal sealed record BenchmarkRun(ParseResult Options, DirectoryInfo Folder, Report Report) : IAsyncDisposable
{
    private IDatabases? databases;

    public StoreKind Store => Enum.GetValues<StoreKind>().First(kind => kind.Name() == Options.GetRequiredValue(BenchmarkCommand.Store));

    public int Pairs => Options.GetRequiredValue(BenchmarkCommand.Pairs);

    /// <summary>An empty database of the chosen store.</summary>
    public async Task<IDatabase> CreateDatabaseAsync() => await (await DatabasesAsync()).CreateAsync();

    /// <summary>An empty database for Hangfire, on the same server.</summary>
    public async Task<IRivalDatabase> CreateHangfireDatabaseAsync() => await (await DatabasesAsync()).CreateForHangfireAsync();

    /// <summary>Two works in turn, a rate for each round, and one round more than is counted: in the first one the code is compiled.</summary>
    public async Task<(IReadOnlyList<Rate> One, IReadOnlyList<Rate> Other)> TakeTurnsAsync(Func<Task<Rate>> one, Func<Task<Rate>> other)
    {
        var (ones, others) = (new List<Rate>(), new List<Rate>());
        for (var round = 0; round <= Pairs; round++)
        {
            Say(round == 0 ? "Warming up …" : $"Round {round} of {Pairs} …");
            ones.Add(await one());
            others.Add(await other());
        }

        return (ones[1..], others[1..]);
    }

    public static void Say(string line) => Console.WriteLine(line);

    public ValueTask DisposeAsync() => databases?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<IDatabases> DatabasesAsync()
    {
        databases ??= await Store.StartAsync(Folder);
        Report.Server = databases.Server;
        return databases;
    }
}

/// <summary>The part of the command line that is the same for every benchmark.</summary>
internal static class BenchmarkCommand
{
    public static readonly Option<string> Store = new("--store")
    {
        Description = "The store to measure",
        DefaultValueFactory = _ => StoreKind.Sqlite.Name(),
    };

    public static readonly Option<int> Pairs = Count("--pairs", 5, "How often ours and the baseline are measured in turn");

    private static readonly Option<FileInfo> Json = new("--json") { Description = "Writes the findings to this file as well" };

    private static readonly Option<DirectoryInfo> Data = new("--data")
    {
        Description = "The folder for databases, on a real disk; the system's temporary folder when that is on one",
    };

    static BenchmarkCommand()
    {
        Store.AcceptOnlyFromAmong([.. Enum.GetValues<StoreKind>().Select(Stores.Name)]);
        Data.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<DirectoryInfo>() is { } folder && Machine.IsInMemory(folder))
            {
                result.AddError($"--data {folder}: is kept in memory, where a sync costs nothing, so that nothing measured there says anything.");
            }
        });
    }

    public static Option<int> Count(string name, int value, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }

    public static Command Create(string name, string description, Func<BenchmarkRun, Task> run, params Option[] options)
    {
        var command = new Command(name, description) { Data, Json };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            var folder = (parsed.GetValue(Data) ?? DefaultData()).CreateSubdirectory($"{name}-{Environment.ProcessId}");
            try
            {
                var report = new Report(string.Join(' ', parsed.Tokens.Select(token => token.Value)), Machine.Describe(folder));
                await using (var started = new BenchmarkRun(parsed, folder, report))
                {
                    await run(started);
                }

                report.Print(Console.Out);
                if (parsed.GetValue(Json) is { } file)
                {
                    report.Write(file);
                }

                return report.IsWhole ? 0 : 1;
            }
            catch (InvalidOperationException refused)
            {
                await Console.Error.WriteLineAsync($"{name} measured nothing: {refused.Message}");
                return 1;
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });
        return command;
    }

    private static DirectoryInfo DefaultData()
    {
        var temporary = new DirectoryInfo(Path.Combine(Path.GetTempPath(), "snapshot-tasks-benchmarks"));
        return Machine.IsInMemory(temporary) ? new DirectoryInfo("artifacts") : temporary;
    }
}
