using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotTasks;

/// <summary>The hash by which a key that is used for another request is found out.</summary>
/// <remarks>
/// It is of a text of its own, with a line for each thing that was asked for and none for what was not: a request that does not use
/// what later versions add keeps its hash, so that yesterday's retry is no other request today. A line that changes
/// its meaning needs another version, and this one to be kept beside it, as <see cref="RequestHashOfVersion01"/> is.
/// </remarks>
internal static class RequestHash
{
    private const string Version = "1";

    public static string Of(AskedFor asked) => $"{Version}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextOf(asked))))}";

    /// <summary>What is hashed.</summary>
    public static string TextOf(AskedFor asked)
    {
        var (request, text) = (asked.Request, new StringBuilder());
        Add("now", asked.Now ? "yes" : null);
        Add("own_directory", asked.OwnDirectory ? "yes" : null);
        AddPlace("input", request.Input);
        AddPlace("output", request.Output);
        Add("sampling.kind", request.Sampling.Kind.ToString());
        AddTime("sampling.interval", request.Sampling.Interval);
        AddTime("sampling.start", request.Sampling.Start);
        AddTime("sampling.duration", request.Sampling.Duration);
        Add("sampling.points", request.Sampling.Points.Count == 0 ? null : string.Join(' ', request.Sampling.Points.Select(point => point.Ticks)));
        Add("user_data", request.UserData);
        Add("output_file_name", request.OutputFileName);
        AddNumber("size.width", request.Size?.Width);
        AddNumber("size.height", request.Size?.Height);
        AddNumber("size.max_length", request.Size?.MaxLength);
        Add("black", request.Black is { } black ? string.Create(CultureInfo.InvariantCulture, $"{black.Amount} {black.Threshold}") : null);
        Add("archive", request.Archive ? "yes" : null);
        return text.ToString();

        // With its length, so that no value can pass for two lines.
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name} {value.Length} {value}\n");
            }
        }

        void AddTime(string name, TimeSpan time) => AddNumber(name, time.Ticks);

        void AddNumber(string name, long? number) => Add(name, number is null or 0 ? null : number.Value.ToString(CultureInfo.InvariantCulture));

        void AddPlace(string name, MediaObject place)
        {
            Add($"{name}.bucket", place.Bucket);
            Add($"{name}.location", place.Location);
            Add($"{name}.path", place.Path);
            Add($"{name}.file_name", place.FileName);
        }
    }
}
