using System.Reflection;

namespace SnapshotTasks.Storage;

/// <summary>Which software may work on a schema: each script says the oldest that may go on beside it, so that hosts are upgraded one by one.</summary>
internal static class SchemaVersions
{
    /// <summary>The numbered scripts that an adapter holds, in order.</summary>
    public static IReadOnlyList<string> ScriptsOf(Assembly adapter) =>
        [.. adapter.GetManifestResourceNames().Where(name => char.IsAsciiDigit(name[0])).Order(StringComparer.Ordinal).Select(name => Script(adapter, name))];

    /// <summary>A script that an adapter holds.</summary>
    public static string Script(Assembly adapter, string name)
    {
        using var reader = new StreamReader(adapter.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>For every batch: newer software may have changed the schema meanwhile.</summary>
    /// <exception cref="StoreUnavailableException">This software must not work on the database any more.</exception>
    public static void Require(int oldest, int known)
    {
        if (Refusal("The task store", oldest, known) is { } refusal)
        {
            throw new StoreUnavailableException(refusal);
        }
    }

    /// <summary>Why this software must not work on a database, or nothing when it may.</summary>
    /// <param name="database">The database or the file.</param>
    /// <param name="oldest">The oldest software that may, by how many scripts it knows.</param>
    /// <param name="known">How many scripts this software knows.</param>
    public static string? Refusal(string database, int oldest, int known) => oldest > known
        ? $"{database} needs software that knows version {oldest} of its schema, this software knows versions up to {known}: run the newer software."
        : null;
}
