using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Who may call, for which projects: the configuration section <c>Credentials</c>.</summary>
/// <remarks>As soon as there is one entry, every route of <c>MapSnapshotTasks</c> requires a credential, on loopback too.</remarks>
public sealed class CredentialOptions
{
    /// <summary>The keys that sign requests with SDK-HMAC-SHA256.</summary>
    public IList<AccessKeyCredential> AccessKeys { get; } = [];

    /// <summary>The tokens that callers send as <c>X-Auth-Token</c>.</summary>
    public IList<TokenCredential> Tokens { get; } = [];
}

/// <summary>A key pair of a caller.</summary>
public sealed class AccessKeyCredential
{
    /// <summary>The name of the key: 1 to 128 visible ASCII characters without a comma. It is no secret.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The secret of the key, at least 16 characters.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>The projects that the key opens.</summary>
    public IList<string> Projects { get; } = [];
}

/// <summary>A token of a caller.</summary>
public sealed class TokenCredential
{
    /// <summary>The token: at least 16 visible ASCII characters, as it travels in a header. It is a secret.</summary>
    public string Token { get; set; } = "";

    /// <summary>The projects that the token opens.</summary>
    public IList<string> Projects { get; } = [];
}

/// <summary>Says which entry is wrong and how, by its place: a value in the wrong place may be a secret.</summary>
internal sealed class CredentialOptionsValidator : IValidateOptions<CredentialOptions>
{
    // Short of it a secret can be guessed, however slowly.
    private const int LongestAccessKey = 128, ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, CredentialOptions options)
    {
        var problems = ProblemsOf("AccessKeys", options.AccessKeys, key => key.AccessKey, "AccessKey", IsAccessKey, $"1 to {LongestAccessKey} visible ASCII characters without a comma", key => key.Projects)
            .Concat(options.AccessKeys.Index().Where(entry => !IsSecret(entry.Item.SecretKey)).Select(entry => $"Credentials:AccessKeys:{entry.Index}: SecretKey must be {ShortestSecret} characters or more."))
            .Concat(ProblemsOf("Tokens", options.Tokens, token => token.Token, "Token", token => IsVisible(token) && IsSecret(token), $"{ShortestSecret} visible ASCII characters or more", token => token.Projects))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(string.Join(' ', problems));
    }

    /// <summary>Whether the text can be the name of a key, in the configuration and in a request.</summary>
    public static bool IsAccessKey(string text) => text.Length <= LongestAccessKey && IsVisible(text) && !text.Contains(',', StringComparison.Ordinal);

    private static bool IsSecret(string? text) => text?.Length >= ShortestSecret;

    private static bool IsVisible(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    private static IEnumerable<string> ProblemsOf<T>(
        string list, IList<T> entries, Func<T, string?> idOf, string field, Predicate<string> isValid, string rule, Func<T, IList<string>> projectsOf)
    {
        foreach (var (index, entry) in entries.Index())
        {
            var place = $"Credentials:{list}:{index}";
            var id = idOf(entry) ?? "";
            if (!isValid(id))
            {
                yield return $"{place}: {field} must be {rule}.";
            }
            else if (entries.TakeWhile(earlier => idOf(earlier) != id).Count() is var first && first < index)
            {
                yield return $"{place}: {field} is that of Credentials:{list}:{first} again.";
            }

            var projects = projectsOf(entry);
            if (projects.Count == 0)
            {
                yield return $"{place}: Projects is empty; name at least one project id.";
            }

            foreach (var (number, _) in projects.Index().Where(project => !ProjectId.IsValid(project.Item)))
            {
                yield return $"{place}: Projects:{number} must be 1 to {ProjectId.MaxLength} characters of A-Z, a-z, 0-9, '-' and '_'.";
            }
        }
    }
}
