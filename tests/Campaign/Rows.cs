using System.Data.Common;
using System.Text.Json;

namespace SnapshotTasks.Campaign;

/// <summary>The rows of a database whose columns have these names, without any code of the domain.</summary>
internal static class Rows
{
    public static string SelectFrom(string table) =>
        $"select id, request, state, attempt, started_at, pictures, failure_reason, project, released_attempts, failure_code from {table}";

    public static string SelectPutOffFrom(string table) => $"select id, attempt from {table} where deferred_code is not null";

    public static string SelectListedFrom(string cancelled, string cancellations) =>
        $"select cancellation, project, task, answer, state from {cancelled} join {cancellations} on id = cancellation";

    public static string SelectEventsFrom(string table) => $"select task, version, what from {table}";

    public static IReadOnlyList<EventRow> ReadEvents(DbDataReader reader)
    {
        var rows = new List<EventRow>();
        while (reader.Read())
        {
            rows.Add(new(Id(reader, 0), Convert.ToInt64(reader.GetValue(1)), reader.GetString(2)));
        }

        return rows;
    }

    public static IReadOnlyList<Row> Read(DbDataReader reader)
    {
        var rows = new List<Row>();
        while (reader.Read())
        {
            using var request = JsonDocument.Parse(reader.GetString(1));
            rows.Add(new(
                Id(reader, 0),
                request.RootElement.GetProperty("output").GetProperty("path").GetString()!,
                reader.GetString(2),
                Convert.ToInt32(reader.GetValue(3)),
                Time(reader, 4),
                reader.IsDBNull(5) ? null : JsonSerializer.Deserialize<string[]>(reader.GetString(5)),
                Text(reader, 6))
            {
                Project = reader.GetString(7),
                Released = Convert.ToInt32(reader.GetValue(8)),
                Code = Text(reader, 9),
            });
        }

        return rows;
    }

    public static IReadOnlyList<PutOff> ReadPutOff(DbDataReader reader)
    {
        var tasks = new List<PutOff>();
        while (reader.Read())
        {
            tasks.Add(new(Id(reader, 0), Convert.ToInt32(reader.GetValue(1))));
        }

        return tasks;
    }

    public static IReadOnlyList<ListedRow> ReadListed(DbDataReader reader)
    {
        var rows = new List<ListedRow>();
        while (reader.Read())
        {
            rows.Add(new(reader.GetString(0), reader.GetString(1), Id(reader, 2), Text(reader, 3), Text(reader, 4)));
        }

        return rows;
    }

    private static string Id(DbDataReader reader, int column) => Convert.ToInt64(reader.GetValue(column)).ToString();

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    // SQLite has numbers of microseconds, PostgreSQL has times.
    private static DateTimeOffset? Time(DbDataReader reader, int column) => reader.GetValue(column) switch
    {
        DBNull => null,
        long microseconds => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds),
        var time => new DateTimeOffset((DateTime)time),
    };
}
