namespace SnapshotTasks.Tests;

/// <summary>Writes the body of a create as text, so that a test can put anything into any field.</summary>
internal static class WireBody
{
    /// <summary>A valid body with fields, named by their path, set to JSON text; an empty text leaves the field out.</summary>
    public static string With(params (string Field, string Json)[] changes)
    {
        var fields = new Dictionary<string, string>
        {
            ["input.bucket"] = "\"media\"",
            ["input.location"] = "\"region\"",
            ["input.object"] = "\"in/clip.mp4\"",
            ["output.bucket"] = "\"media\"",
            ["output.location"] = "\"region\"",
            ["output.object"] = "\"out\"",
            ["thumbnail_para.type"] = "\"TIME\"",
        };
        foreach (var (field, json) in changes)
        {
            foreach (var inner in fields.Keys.Where(key => key.StartsWith($"{field}.", StringComparison.Ordinal)).ToList())
            {
                fields.Remove(inner);
            }

            fields[field] = json;
        }

        var members = fields.Where(field => field.Value.Length > 0).GroupBy(
            field => field.Key.Split('.')[0],
            (name, parts) => parts.Select(part => part.Key == name ? part.Value : $"\"{part.Key[(name.Length + 1)..]}\":{part.Value}").ToList() switch
            {
                [var own] when fields.ContainsKey(name) => $"\"{name}\":{own}",
                var inner => $"\"{name}\":{{{string.Join(',', inner)}}}",
            });
        return $"{{{string.Join(',', members)}}}";
    }

    public static string Text(char c, int length) => $"\"{new string(c, length)}\"";
}
