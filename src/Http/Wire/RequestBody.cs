using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace SnapshotTasks;

/// <summary>Reads the bytes of a request, up to the most that a body may have.</summary>
internal static class RequestBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body of JSON as these fields.</summary>
    /// <exception cref="WireException">It is none, or none of these fields.</exception>
    public static async Task<WireValues> ReadJsonAsync(HttpRequest request, IReadOnlyList<WireField> fields, CancellationToken cancellationToken)
    {
        if (!IsJson(request.ContentType) || request.Headers.ContentEncoding.Count > 0)
        {
            throw new WireException(WireErrors.WrongContentType);
        }

        using var bytes = await ReadAsync(request, cancellationToken);
        var utf8 = Bytes(bytes);
        return WireValues.Read(utf8.StartsWith(ByteOrderMark) ? utf8[ByteOrderMark.Length..] : utf8, fields);
    }

    /// <summary>The whole body, from its first byte.</summary>
    /// <exception cref="WireException">The body is too large, or did not arrive whole.</exception>
    public static async Task<MemoryStream> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new WireException(WireErrors.BodyTooLarge);
        }

        var bytes = new MemoryStream((int)(request.ContentLength ?? 0));
        var chunk = new byte[8 * 1024];
        try
        {
            while (await request.Body.ReadAsync(chunk, cancellationToken) is > 0 and var count)
            {
                // The limit counts what arrives: a chunked body has no length to refuse it by.
                if (bytes.Length + count > MaxBytes)
                {
                    throw new WireException(WireErrors.BodyTooLarge);
                }

                bytes.Write(chunk, 0, count);
            }
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

        bytes.Position = 0;
        return bytes;
    }

    /// <summary>The bytes of a body that was read.</summary>
    public static ReadOnlySpan<byte> Bytes(MemoryStream body) => body.GetBuffer().AsSpan(0, (int)body.Length);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || IsUtf8(HeaderUtilities.RemoveQuotes(type.Charset)));

    private static bool IsUtf8(StringSegment charset) =>
        charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase);
}
