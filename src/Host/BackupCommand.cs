using System.CommandLine;

namespace SnapshotTasks;

/// <summary>Copies the tasks of a data folder, whether its server runs or not.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var data = StoreArguments.DataFolder();
        var to = new Option<FileInfo>("--to") { Description = "The copy, a file that is not there yet", Required = true };
        var command = new Command("backup", "Copies the tasks.db of a data folder as it is at one moment, while its server goes on; PostgreSQL has pg_dump.") { data, to };
        command.SetAction(parsed => Write(StoreArguments.SqlitePath(parsed.GetValue(data)!), parsed.GetValue(to)!.FullName));
        return command;
    }

    private static int Write(string path, string to)
    {
        try
        {
            SqliteBackup.Write(path, to);
            Console.WriteLine($"All tasks of {path} are in {to}.");
            return 0;
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or IOException or UnauthorizedAccessException or StoreUnavailableException)
        {
            Console.Error.WriteLine($"SnapshotTasks cannot back up: {refusal.Message}");
            return 1;
        }
    }
}
