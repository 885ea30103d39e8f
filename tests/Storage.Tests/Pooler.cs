using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>PgBouncer before a server, which hands out its connections per transaction.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    // Debian's; the folder is on the path of root only.
    private const string Program = "/usr/sbin/pgbouncer";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pooler-");
    private readonly NpgsqlConnectionStringBuilder server;
    private Process? process;

    private Pooler(string database) => server = new(database);

    /// <summary>The way to the database through the pooler.</summary>
    public string Database => new NpgsqlConnectionStringBuilder(server.ConnectionString) { Host = folder.FullName, Port = 6432 }.ConnectionString;

    /// <summary>Whether it can pass on prepared statements: versions before 1.21 cannot.</summary>
    public static async Task<bool> CanPrepareAsync()
    {
        using var asked = Process.Start(new ProcessStartInfo(Program, "--version") { RedirectStandardOutput = true })!;
        var said = await asked.StandardOutput.ReadLineAsync() ?? "";
        return Version.Parse(said[(said.LastIndexOf(' ') + 1)..]) >= new Version(1, 21);
    }

    public static async Task<Pooler> StartAsync(string database, int preparedStatements)
    {
        var pooler = new Pooler(database);
        await pooler.StartAsync(await CanPrepareAsync() ? $"max_prepared_statements = {preparedStatements}" : "");
        return pooler;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
            running.Dispose();
        }

        folder.Delete(recursive: true);
    }

    private async Task StartAsync(string setting)
    {
        var file = Path.Combine(folder.FullName, "pgbouncer.ini");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host={server.Host} user={server.Username}
            [pgbouncer]
            listen_port = 6432
            unix_socket_dir = {folder.FullName}
            auth_type = any
            pool_mode = transaction
            {setting}

            """));

        // It does not run as root either, and makes its socket in the folder.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_111_111);
        }

        process = Process.Start(Program, Environment.IsPrivilegedProcess ? ["-q", "-u", "postgres", file] : ["-q", file]);
        var begun = TimeProvider.System.GetTimestamp();
        while (!File.Exists(Path.Combine(folder.FullName, ".s.PGSQL.6432")))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(begun) > StartTime)
            {
                throw new InvalidOperationException("PgBouncer does not start.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
