using System.Data.Common;
using System.Text.Json;

namespace SnapshotTasks.Campaign;

/// <summary>The rows of a database whose columns have these names, without any code of the domain.</summary>
internal static class Rows
{
    public static string SelectFrom(string table) => $"select id, request, state, attempt, started_at, pictures, failure_reason from {table}";

    public static IReadOnlyList<Row> Read(DbDataReader reader)
    {
        var rows = new List<Row>();
        while (reader.Read())
        {
            using var request = JsonDocument.Parse(reader.GetString(1));
            rows.Add(new(
                Convert.ToInt64(reader.GetValue(0)).ToString(),
                request.RootElement.GetProperty("output").GetProperty("path").GetString()!,
                reader.GetString(2),
                Convert.ToInt32(reader.GetValue(3)),
                !reader.IsDBNull(4),
                reader.IsDBNull(5) ? null : JsonSerializer.Deserialize<string[]>(reader.GetString(5)),
                reader.IsDBNull(6) ? null : reader.GetString(6)));
        }

        return rows;
    }
}
