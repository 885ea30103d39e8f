using System.CommandLine;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>Prints what makes, or brings up to date, the tables of a store: to be read, or to be applied by hand.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var store = new Option<string>("--store") { Description = "sqlite or postgres", DefaultValueFactory = _ => StoreChoice.Sqlite };
        store.AcceptOnlyFromAmong(StoreChoice.Sqlite, StoreChoice.Postgres);
        var after = new Option<int>("--after") { Description = "The version the database has: only the scripts after it are printed" };
        after.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, CultureInfo.InvariantCulture, out var version) && version >= 0))
            {
                result.AddError($"--after must be a version from 0, not {token.Value}.");
            }
        });

        var command = new Command("schema", "Prints the numbered scripts of a store's schema, each in a transaction of its own.") { store, after };
        command.SetAction(parsed => Print(parsed.GetValue(store)!, parsed.GetValue(after)));
        return command;
    }

    private static void Print(string store, int after)
    {
        var scripts = store == StoreChoice.Sqlite ? SqliteSchema.Scripts : PostgresSchema.Scripts;
        for (var version = after + 1; version <= scripts.Count; version++)
        {
            Console.WriteLine($"-- Version {version} of {scripts.Count}");
            Console.WriteLine("begin;");
            Console.WriteLine(scripts[version - 1].TrimEnd().TrimEnd(';') + ";");
            Console.WriteLine("commit;");
            Console.WriteLine();
        }
    }
}
