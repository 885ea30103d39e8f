using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SnapshotTasks;

/// <summary>The body of a create, every field as the vendor documents it.</summary>
internal sealed class CreateThumbnailsBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxBytes = 1024 * 1024;

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

        if (request.ContentLength > MaxBytes)
        {
            throw new WireException(WireErrors.BodyTooLarge);
        }

        using var bytes = await ReadBytesAsync(request, cancellationToken);
        return StrictJson.Read(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    // The limit counts what arrives: a chunked body has no length to refuse it by.
    private static async Task<MemoryStream> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        var chunk = new byte[8 * 1024];
        while (await ReadChunkAsync(request, chunk, cancellationToken) is > 0 and var count)
        {
            if (bytes.Length + count > MaxBytes)
            {
                throw new WireException(WireErrors.BodyTooLarge);
            }

            bytes.Write(chunk, 0, count);
        }

        return bytes;
    }

    private static async ValueTask<int> ReadChunkAsync(HttpRequest request, byte[] chunk, CancellationToken cancellationToken)
    {
        try
        {
            return await request.Body.ReadAsync(chunk, cancellationToken);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new WireException(WireErrors.BodyTooLarge);
        }
        catch (IOException exception)
        {
            // It ended early, came too slowly or was chunked wrongly. All of these are the caller's doing.
            throw WireException.Invalid($"the body did not arrive whole. {exception.Message}");
        }
    }
}
