using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace SnapshotTasks;

/// <summary>The SDK-HMAC-SHA256 signature that a request carries, as the vendor's clients compute it.</summary>
/// <param name="AccessKey">The key the caller names.</param>
/// <param name="SignedHeaders">The names of the signed headers, in lower case and in order.</param>
/// <param name="Date">When it was signed, as written.</param>
/// <param name="Signature">The signature the caller gives, in lower hexadecimal.</param>
internal sealed record SdkSignature(string AccessKey, IReadOnlyList<string> SignedHeaders, string Date, string Signature)
{
    public const string Algorithm = "SDK-HMAC-SHA256";
    public const string DateHeader = "X-Sdk-Date";

    private const int MostSignedHeaders = 64;
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Whether a request claims to be signed, rightly or not.</summary>
    public static bool IsOn(HttpRequest request) =>
        request.Headers.Authorization.Any(value => value?.StartsWith(Algorithm, StringComparison.Ordinal) == true);

    /// <summary>
    /// Reads <c>Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b, Signature=…</c> and the date; none when there is
    /// anything else, a part or a header twice, or a signed header that did not arrive.
    /// </summary>
    public static SdkSignature? Read(IHeaderDictionary headers)
    {
        if (headers.Authorization is not [{ } authorization]
            || headers[DateHeader] is not [{ } date]
            || !authorization.StartsWith($"{Algorithm} ", StringComparison.Ordinal))
        {
            return null;
        }

        string? accessKey = null, names = null, signature = null;
        foreach (var part in authorization[Algorithm.Length..].Split(','))
        {
            switch (part.Trim().Split('=', 2))
            {
                case ["Access", var value] when accessKey is null: accessKey = value; break;
                case ["SignedHeaders", var value] when names is null: names = value; break;
                case ["Signature", var value] when signature is null: signature = value; break;
                default: return null;
            }
        }

        return accessKey is not null && CredentialOptionsValidator.IsAccessKey(accessKey) && signature is not null
            && SignedNames(names, headers) is { } signed
                ? new SdkSignature(accessKey, signed, date, signature)
                : null;
    }

    /// <summary>When it was signed; none when the date is not written exactly as the algorithm wants it.</summary>
    public DateTimeOffset? SignedAt =>
        DateTimeOffset.TryParseExact(Date, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    /// <summary>Whether this is the signature of the request under a secret; takes the same time for any wrong one.</summary>
    /// <remarks>
    /// The vendor's text sorts the names of a query and says nothing of several values of one name: some of its clients sort them
    /// whatever order they send, others sign the order they send.
    /// </remarks>
    public bool IsOf(HttpRequest request, string bodyHash, ReadOnlySpan<byte> secret)
    {
        var (asSent, sorted) = (CanonicalOf(request, bodyHash, sortValues: false), CanonicalOf(request, bodyHash, sortValues: true));
        return IsOf(asSent, secret) | (asSent != sorted && IsOf(sorted, secret));
    }

    private bool IsOf(string canonical, ReadOnlySpan<byte> secret) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(canonical, Date, secret)), Encoding.UTF8.GetBytes(Signature));

    private string CanonicalOf(HttpRequest request, string bodyHash, bool sortValues) =>
        Canonical(request.Method, RawTarget(request), SignedHeaders.Select(name => (name, request.Headers[name])), bodyHash, sortValues);

    /// <summary>The text whose hash is signed: method, path, query, headers, their names, hash of the body.</summary>
    internal static string Canonical(
        string method, string target, IEnumerable<(string Name, StringValues Values)> headers, string bodyHash, bool sortValues = true)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var text = new StringBuilder(512).Append(method).Append('\n')
            .Append(CanonicalPath(query < 0 ? target : target[..query])).Append('\n')
            .Append(query < 0 ? "" : CanonicalQuery(target[(query + 1)..], sortValues)).Append('\n');
        var names = new List<string>();
        foreach (var (name, values) in headers)
        {
            names.Add(name);

            // The vendor's clients write a header that is sent more than once on as many lines, sorted.
            foreach (var value in values.Count > 1 ? values.Order(StringComparer.Ordinal) : values.AsEnumerable())
            {
                text.Append(name).Append(':').Append(value.AsSpan().Trim()).Append('\n');
            }
        }

        return text.Append('\n').AppendJoin(';', names).Append('\n').Append(bodyHash).ToString();
    }

    /// <summary>The signature of a canonical request.</summary>
    internal static string Sign(string canonical, string date, ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{Algorithm}\n{date}\n{Hash(Encoding.UTF8.GetBytes(canonical))}")));

    /// <summary>A hash as the signature writes it.</summary>
    internal static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    // A header that is signed but absent would let somebody on the way take it out, or the name stand for nothing.
    private static List<string>? SignedNames(string? list, IHeaderDictionary headers)
    {
        var names = list?.ToLowerInvariant().Split(';', MostSignedHeaders + 1).Order(StringComparer.Ordinal).ToList();
        return names?.Count <= MostSignedHeaders
            && names.TrueForAll(headers.ContainsKey)
            && names.Distinct(StringComparer.Ordinal).Count() == names.Count ? names : null;
    }

    // As received, still encoded, whatever a host has done to the path since; a proxy's form starts with scheme and host.
    private static string RawTarget(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var authority = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? -1 : target.IndexOf('/', authority + 3);
        return path < 0 ? target : target[path..];
    }

    private static string CanonicalPath(string path)
    {
        var encoded = string.Join('/', path.Split('/').Select(segment => Uri.EscapeDataString(Uri.UnescapeDataString(segment))));
        return encoded.EndsWith('/') ? encoded : encoded + "/";
    }

    private static string CanonicalQuery(string query, bool sortValues) => string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Key: Decode(pair[0]), Value: pair.Length > 1 ? Decode(pair[1]) : ""))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal).ThenBy(pair => sortValues ? pair.Value : "", StringComparer.Ordinal)
        .Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
