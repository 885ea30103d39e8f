using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>
/// A request and its SDK-HMAC-SHA256 signature, written a second time: from the parts a client means, to bytes, without any of
/// the code under test.
/// </summary>
public sealed class AuthRequest(string method, string path, DateTimeOffset date)
{
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    public string AccessKey { get; init; } = AuthServer.Key;

    public string Secret { get; init; } = AuthServer.Secret;

    /// <summary>Query parameters as they are meant, not encoded.</summary>
    public List<(string Name, string Value)> Query { get; init; } = [];

    /// <summary>Headers in the order they are sent, among them the host, which clients send without its port.</summary>
    public List<(string Name, string Value)> Headers { get; init; } = [("Host", "mpc.example.com")];

    /// <summary>The names to sign, beside the date.</summary>
    public List<string> ToSign { get; init; } = ["host"];

    /// <summary>Unsigned headers, such as those a proxy adds.</summary>
    public List<(string Name, string Value)> Extra { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>The value of X-Sdk-Content-Sha256: none to leave it out, empty to name the body's real hash.</summary>
    public string? ContentHash { get; init; }

    /// <summary>How the path and the query are written; the default encodes whatever is reserved.</summary>
    public Func<string, string> Write { get; init; } = Encode;

    /// <summary>The parts of the request as bytes, after signing: a test may change one and put them together.</summary>
    public AuthParts Sign()
    {
        var written = date.UtcDateTime.ToString("yyyyMMdd\\THHmmss\\Z", CultureInfo.InvariantCulture);
        var hash = Hex(SHA256.HashData(Body));
        var named = ContentHash?.Length == 0 ? hash : ContentHash;
        var all = Headers.Append((Name: "X-Sdk-Date", Value: written)).ToList();
        var names = ToSign.Append("x-sdk-date").Distinct().ToList();
        names.Sort(string.CompareOrdinal);

        var canonical = new List<string> { method, CanonicalPath(), CanonicalQuery() };
        foreach (var name in names)
        {
            canonical.AddRange(all.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(header => $"{name}:{header.Value.Trim()}").Order(StringComparer.Ordinal));
        }

        canonical.AddRange(["", string.Join(';', names), named ?? hash]);
        using var mac = new HMACSHA256(Encoding.UTF8.GetBytes(Secret));
        CanonicalHash = Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', canonical))));
        var signature = Hex(mac.ComputeHash(Encoding.UTF8.GetBytes($"SDK-HMAC-SHA256\n{written}\n{CanonicalHash}")));

        return new AuthParts(method, Target(), written, signature, Body)
        {
            SignedNames = string.Join(';', names),
            AccessKey = AccessKey,
            Headers = [.. Headers.Select(header => (header.Name, Encoding.UTF8.GetBytes(header.Value)))],
            Extra = [.. Extra.Concat(named is null ? [] : [("X-Sdk-Content-Sha256", named)])],
        };
    }

    /// <summary>The hash of the canonical request, once it is signed.</summary>
    public string CanonicalHash { get; private set; } = "";

    public static string Encode(string text) => string.Concat(Encoding.UTF8.GetBytes(text)
        .Select(octet => Unreserved.Contains((char)octet, StringComparison.Ordinal) ? $"{(char)octet}" : $"%{octet:X2}"));

    private static string Hex(byte[] bytes) => string.Concat(bytes.Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)));

    private string CanonicalPath() =>
        string.Join('/', path.Split('/').Select(segment => Encode(segment.Replace('\u2215', '/')))) + (path.EndsWith('/') ? "" : "/");

    /// <summary>The order in which the parameters are signed, where a client does not sort their values.</summary>
    public List<(string Name, string Value)>? QueryAsSigned { get; init; }

    private string CanonicalQuery()
    {
        var sorted = Query.ToList();
        sorted.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name) is not 0 and var order ? order : string.CompareOrdinal(one.Value, other.Value));
        return string.Join('&', (QueryAsSigned ?? sorted).Select(pair => $"{Encode(pair.Name)}={Encode(pair.Value)}"));
    }

    private string Target()
    {
        var query = string.Join('&', Query.Select(pair => $"{Encode(pair.Name)}={Write(pair.Value)}"));
        return string.Join('/', path.Split('/').Select(segment => Write(segment.Replace('\u2215', '/')))) + (query.Length == 0 ? "" : $"?{query}");
    }
}

/// <summary>A signed request in its parts.</summary>
public sealed record AuthParts(string Method, string Target, string Date, string Signature, byte[] Body)
{
    public required string AccessKey { get; init; }

    public required string SignedNames { get; init; }

    public required List<(string Name, byte[] Value)> Headers { get; init; }

    public required List<(string Name, string Value)> Extra { get; init; }

    public string Authorization => $"SDK-HMAC-SHA256 Access={AccessKey}, SignedHeaders={SignedNames}, Signature={Signature}";

    /// <summary>What goes over the wire; text is Latin-1, so that a test may put any octet anywhere.</summary>
    public byte[] ToBytes(string? authorization = null) =>
    [
        .. Latin($"{Method} {Target} HTTP/1.1\r\n"),
        .. Headers.SelectMany(header => Latin($"{header.Name}: ").Concat(header.Value).Concat(Latin("\r\n"))),
        .. Latin($"X-Sdk-Date: {Date}\r\nAuthorization: {authorization ?? Authorization}\r\n"),
        .. Extra.SelectMany(header => Latin($"{header.Name}: {header.Value}\r\n")),
        .. Latin($"Content-Length: {Body.Length}\r\n\r\n"),
        .. Body,
    ];

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);
}
