using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotTasks;

/// <summary>What a receiver knows messages of ours by: a key for HMAC-SHA256, written as Standard Webhooks write it.</summary>
internal sealed class WebhookSecret
{
    /// <summary>The fewest and the most bytes of a key.</summary>
    public const int MinBytes = 24, MaxBytes = 64;

    private const string Prefix = "whsec_";

    private readonly byte[] key;

    private WebhookSecret(byte[] key) => this.key = key;

    /// <summary>Reads a secret; none when it is not one.</summary>
    public static WebhookSecret? Read(string? text)
    {
        var key = new byte[MaxBytes];
        return text?.StartsWith(Prefix, StringComparison.Ordinal) == true
            && Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length >= MinBytes
            ? new(key[..length])
            : null;
    }

    /// <summary>The signature of a message.</summary>
    public string Sign(string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{Seconds(at)}."));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }

    /// <summary>A time as it is sent and signed.</summary>
    public static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
