using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SnapshotTasks;

/// <summary>The body of a signed request: read before its signature can be checked, and once more by the route.</summary>
internal static class SignedBody
{
    private const string HashHeader = "X-Sdk-Content-Sha256", Unsigned = "UNSIGNED-PAYLOAD";

    private static readonly string HashOfNothing = SdkSignature.Hash([]);

    /// <summary>The hash that is signed for the body; none when the body that arrived is not the one it names.</summary>
    /// <exception cref="WireException">The body is too large, or did not arrive whole.</exception>
    public static async Task<string?> SignedHashAsync(HttpRequest request)
    {
        if (request.Headers[HashHeader] is not [{ } named, ..] values)
        {
            return await HashAsync(request);
        }

        return values.Count == 1 && (named == Unsigned || string.Equals(named, await HashAsync(request), StringComparison.OrdinalIgnoreCase)) ? named : null;
    }

    private static async Task<string> HashAsync(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
        {
            return HashOfNothing;
        }

        if (request.ContentLength > CreateThumbnailsBody.MaxBytes)
        {
            throw new WireException(WireErrors.BodyTooLarge);
        }

        var bytes = new MemoryStream((int)(request.ContentLength ?? 0));
        await CopyAsync(request, bytes);
        bytes.Position = 0;
        request.Body = bytes;
        return SdkSignature.Hash(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    // The limit counts what arrives: a chunked body has no length to refuse it by.
    private static async Task CopyAsync(HttpRequest request, MemoryStream bytes)
    {
        var chunk = new byte[8 * 1024];
        try
        {
            while (await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted) is > 0 and var count)
            {
                if (bytes.Length + count > CreateThumbnailsBody.MaxBytes)
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
            throw WireException.Invalid($"the body did not arrive whole. {exception.Message}");
        }
    }
}
