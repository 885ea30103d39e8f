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

        var body = await RequestBody.ReadAsync(request, request.HttpContext.RequestAborted);
        request.Body = body;
        return SdkSignature.Hash(RequestBody.Bytes(body));
    }
}
