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

    private static readonly string[] Settings =
        [Connection, nameof(PostgresOptions.Migrate), nameof(PostgresOptions.Notifications), nameof(PostgresOptions.LockTimeout)];

    /// <summary>Reads the command line and, for what it leaves open, the section Postgres of the configuration.</summary>
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

            return new(sqlitePath, tasks => tasks.UseSqlite(sqlitePath));
        }

        var section = configuration.GetSection("Postgres");
        if (section.GetChildren().FirstOrDefault(setting => !Settings.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new InvalidOperationException($"The section Postgres has no setting {unknown.Key}: it has {string.Join(", ", Settings)}.");
        }

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
            SetLockTimeout(postgres, Read(section, nameof(postgres.LockTimeout), postgres.LockTimeout));
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

    private static void SetLockTimeout(PostgresOptions postgres, TimeSpan lockTimeout)
    {
        try
        {
            postgres.LockTimeout = lockTimeout;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new InvalidOperationException($"Postgres:LockTimeout must be between 10 milliseconds and 1 minute, it is {lockTimeout}.");
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
            throw new InvalidOperationException($"Postgres:{name} is '{section[name]}', which is not understood: its default is {preset}.");
        }
    }
}
