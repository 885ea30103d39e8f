using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SnapshotTasks;

/// <summary>The body of a create, every field as the vendor documents it.</summary>
internal sealed class CreateThumbnailsBody
{
    public ObsObject? Input { get; set; }

    public ObsObject? Output { get; set; }

    public string? UserData { get; set; }

    public ThumbnailPara? ThumbnailPara { get; set; }

    public int? Tar { get; set; }

    public int? Sync { get; set; }

    public int? OriginalDir { get; set; }

    /// <summary>Reads a body, or throws what the caller has to be told.</summary>
    public static async Task<CreateThumbnailsBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!IsJson(request.ContentType))
        {
            throw new WireException(WireErrors.WrongContentType);
        }

        using var bytes = await RequestBody.ReadAsync(request, cancellationToken);
        return StrictJson.Read(RequestBody.Bytes(bytes));
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
