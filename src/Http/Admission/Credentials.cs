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

    private readonly (byte[] Hash, IReadOnlyList<string> Projects)[] tokens =
        [.. options.Value.Tokens.Select(token => (Hash(token.Token), (IReadOnlyList<string>)[.. token.Projects]))];

    /// <summary>The key of this name; for an unknown one, a key that opens nothing and whose secret nobody has.</summary>
    public AccessKey Find(string accessKey) => accessKeys.GetValueOrDefault(accessKey, unknown);

    /// <summary>The projects that a token opens, or none. Looks at all of them, and at hashes, so that time tells nothing of any.</summary>
    public IReadOnlyList<string>? FindToken(string token)
    {
        var hash = Hash(token);
        IReadOnlyList<string>? found = null;
        foreach (var (candidate, projects) in tokens)
        {
            found = CryptographicOperations.FixedTimeEquals(candidate, hash) ? projects : found;
        }

        return found;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>The secret of an access key and the projects it opens: none when the key is unknown.</summary>
internal sealed record AccessKey(byte[] Secret, IReadOnlyList<string> Projects)
{
    public bool IsKnown => Projects.Count > 0;
}
