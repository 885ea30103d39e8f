using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SnapshotTasks;

/// <summary>The hash that version 0.1 kept with a key: frozen, to know again what was submitted to it.</summary>
/// <remarks>It was of the JSON that the request was stored as, written out here so that it cannot change with the types.</remarks>
internal static class RequestHashOfVersion01
{
    public static string Of(AskedFor asked) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{(asked.Now ? "now" : "queue")} {(asked.OwnDirectory ? "True" : "False")} {Json(asked.Request)}")));

    private static string Json(SnapshotRequest request)
    {
        var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            WritePlace(json, "input", request.Input);
            WritePlace(json, "output", request.Output);
            WriteSampling(json, request.Sampling);
            WriteText(json, "user_data", request.UserData);
            WriteText(json, "output_file_name", request.OutputFileName);
            if (request.Size is { } size)
            {
                WriteNumbers(json, "size", ("width", size.Width), ("height", size.Height), ("max_length", size.MaxLength));
            }

            if (request.Black is { } black)
            {
                WriteNumbers(json, "black", ("amount", black.Amount), ("threshold", black.Threshold));
            }

            json.WriteBoolean("archive", request.Archive);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static void WritePlace(Utf8JsonWriter json, string name, MediaObject place)
    {
        json.WriteStartObject(name);
        json.WriteString("bucket", place.Bucket);
        json.WriteString("location", place.Location);
        json.WriteString("path", place.Path);
        WriteText(json, "file_name", place.FileName);
        json.WriteEndObject();
    }

    private static void WriteSampling(Utf8JsonWriter json, Sampling sampling)
    {
        json.WriteStartObject("sampling");
        json.WriteString("kind", sampling.Kind switch { SamplingKind.Interval => "Interval", SamplingKind.Points => "Points" });
        json.WriteString("interval", sampling.Interval.ToString("c"));
        json.WriteString("start", sampling.Start.ToString("c"));
        json.WriteString("duration", sampling.Duration.ToString("c"));
        json.WriteStartArray("points");
        foreach (var point in sampling.Points)
        {
            json.WriteStringValue(point.ToString("c"));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params (string Name, int Number)[] members)
    {
        json.WriteStartObject(name);
        foreach (var (member, number) in members)
        {
            json.WriteNumber(member, number);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
