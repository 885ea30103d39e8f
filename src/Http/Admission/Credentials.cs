using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>The configured credentials, ready to be compared.</summary>
internal sealed class Credentials(IOptions<CredentialOptions> options)
{
    // What an unknown key is checked against, so that it costs what a wrong signature costs.
    private readonly AccessKey unknown = new(RandomNumberGenerator.GetBytes(32), []);

    private readonly FrozenDictionary<string, AccessKey> accessKeys = options.Value.AccessKeys.ToFrozenDictionary(
        key => key.AccessKey, key => new AccessKey(Encoding.UTF8.GetBytes(key.SecretKey), [.. key.Projects]));

    private readonly (byte[] Hash, KnownToken Token)[] tokens =
        [.. options.Value.Tokens.Select((token, index) => (Hash(token.Token), new KnownToken($"{index}", [.. token.Projects])))];

    /// <summary>The key of this name; for an unknown one, a key that opens nothing and whose secret nobody has.</summary>
    public AccessKey Find(string accessKey) => accessKeys.GetValueOrDefault(accessKey, unknown);

    /// <summary>The token, or none when it is unknown. Looks at all of them, and at hashes, so that time tells nothing of any.</summary>
    public KnownToken? FindToken(string token)
    {
        var hash = Hash(token);
        KnownToken? found = null;
        foreach (var (candidate, known) in tokens)
        {
            found = CryptographicOperations.FixedTimeEquals(candidate, hash) ? known : found;
        }

        return found;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>A token by the place of its entry, which is no secret, and the projects it opens.</summary>
internal sealed record KnownToken(string Name, IReadOnlyList<string> Projects);

/// <summary>The secret of an access key and the projects it opens: none when the key is unknown.</summary>
internal sealed record AccessKey(byte[] Secret, IReadOnlyList<string> Projects)
{
    public bool IsKnown => Projects.Count > 0;
}
