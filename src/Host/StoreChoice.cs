using Npgsql;

namespace SnapshotTasks;

/// <summary>What the command line says about the store.</summary>
internal sealed record StoreOptions(string Name, string? Connection, bool Migrate);

/// <summary>Where the server keeps its tasks.</summary>
/// <param name="Place">Where, in words that anybody may read: never with a password.</param>
/// <param name="Use">Chooses it.</param>
internal sealed record StoreChoice(string Place, Action<SnapshotTasksBuilder> Use)
{
    public const string Sqlite = "sqlite", Postgres = "postgres";

    private const string Connection = "Connection";

    /// <summary>Reads the command line and, for what it leaves open, the section of the store in the configuration.</summary>
    /// <exception cref="InvalidOperationException">They do not say where, or say it wrongly.</exception>
    public static StoreChoice Of(StoreOptions options, string sqlitePath, IConfiguration configuration)
    {
        if (options.Name == Sqlite)
        {
            if (options is not { Connection: null, Migrate: false })
            {
                throw new InvalidOperationException(
                    "--connection and --migrate are for --store postgres: SQLite keeps its file in the folder of --data and brings it up to date by itself.");
            }

            var settings = Section(configuration, "Sqlite", nameof(SqliteOptions.LockTimeout));
            return new(sqlitePath, tasks => tasks.UseSqlite(
                sqlitePath, sqlite => Set(settings, nameof(sqlite.LockTimeout), sqlite.LockTimeout, timeout => sqlite.LockTimeout = timeout)));
        }

        var section = Section(
            configuration, "Postgres", Connection, nameof(PostgresOptions.Migrate), nameof(PostgresOptions.Notifications), nameof(PostgresOptions.LockTimeout));
        var connection = options.Connection ?? section[Connection];
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                "--store postgres needs to know its database: give --connection \"Host=…;Database=…;Username=…\", or, as it may hold a password, "
                + "the setting Postgres:Connection in the file of --config or in the environment (Postgres__Connection).");
        }

        return new(PlaceOf(connection), tasks => tasks.UsePostgres(connection, postgres =>
        {
            postgres.Migrate = options.Migrate || Read(section, nameof(postgres.Migrate), postgres.Migrate);
            postgres.Notifications = Read(section, nameof(postgres.Notifications), postgres.Notifications);
            Set(section, nameof(postgres.LockTimeout), postgres.LockTimeout, timeout => postgres.LockTimeout = timeout);
        }));
    }

    private static string PlaceOf(string connection)
    {
        try
        {
            var database = new NpgsqlConnectionStringBuilder(connection);
            return $"PostgreSQL {database.Host}/{database.Database ?? database.Username}";
        }
        catch (ArgumentException)
        {
            // Not shown, not even the part that is wrong: a password with a semicolon in it breaks into parts.
            throw new InvalidOperationException(
                "The connection string of PostgreSQL is not understood: it is written Host=…;Database=…;Username=…;Password=…, with a value in quotes that has a semicolon.");
        }
    }

    private static IConfigurationSection Section(IConfiguration configuration, string name, params string[] settings)
    {
        var section = configuration.GetSection(name);
        return section.GetChildren().FirstOrDefault(setting => !settings.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? throw new InvalidOperationException($"The section {name} has no setting {unknown.Key}: it has {string.Join(", ", settings)}.")
            : section;
    }

    private static void Set(IConfigurationSection section, string name, TimeSpan preset, Action<TimeSpan> set)
    {
        var timeout = Read(section, name, preset);
        try
        {
            set(timeout);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new InvalidOperationException($"{section.Key}:{name} must be between 10 milliseconds and 1 minute, it is {timeout}.");
        }
    }

    private static T Read<T>(IConfigurationSection section, string name, T preset)
    {
        try
        {
            return section.GetValue(name, preset)!;
        }
        catch (InvalidOperationException)
        {
            throw new InvalidOperationException($"{section.Key}:{name} is '{section[name]}', which is not understood: its default is {preset}.");
        }
    }
}
