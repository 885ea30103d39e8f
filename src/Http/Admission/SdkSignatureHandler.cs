using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Authenticates requests that are signed with SDK-HMAC-SHA256.</summary>
internal sealed class SdkSignatureHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, RefusalLog log, Credentials credentials, Lockout lockout)
    : WireAuthenticationHandler(options, log)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!SdkSignature.IsOn(Request))
        {
            return AuthenticateResult.NoResult();
        }

        if (SdkSignature.Read(Request.Headers) is not { } signature)
        {
            return Refuse("the Authorization header, the date or the list of signed headers is malformed");
        }

        // Before the signature is looked at, so it tells nothing of a secret and does not count: a clock put right works at once.
        if (signature.SignedAt is not { } at || (TimeProvider.GetUtcNow() - at).Duration() > Skew)
        {
            return Refuse($"the date is not within {Skew.TotalMinutes} minutes of ours", signature.AccessKey);
        }

        string? bodyHash;
        try
        {
            bodyHash = await SignedBody.SignedHashAsync(Request);
        }
        catch (WireException exception)
        {
            return AuthenticateResult.Fail(exception);
        }

        // Everything is computed whatever is wrong: an unknown key, a locked one and a wrong signature cost the same.
        var key = credentials.Find(signature.AccessKey);
        var right = signature.IsOf(Request, bodyHash ?? "", key.Secret) & bodyHash is not null;
        if (!key.IsKnown)
        {
            return Refuse("the access key is unknown", signature.AccessKey);
        }

        if (!lockout.Admits(signature.AccessKey, signature.AccessKey, Context.Connection.RemoteIpAddress, right))
        {
            return Refuse(right ? "the access key is locked for this address" : "the signature is wrong", signature.AccessKey);
        }

        // Or somebody on the way could put one in, or change it, and make the create another one's repetition, or none.
        return Request.Headers.ContainsKey(RequestReading.KeyHeader) && !signature.SignedHeaders.Contains(RequestReading.KeyHeader, StringComparer.OrdinalIgnoreCase)
            ? AuthenticateResult.Fail(WireException.Invalid($"{RequestReading.KeyHeader} must be one of the SignedHeaders."))
            : Accept(key.Projects, signature.AccessKey);
    }
}
