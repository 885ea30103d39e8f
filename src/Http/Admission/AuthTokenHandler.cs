using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Authenticates requests that carry a token in <c>X-Auth-Token</c>.</summary>
internal sealed class AuthTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, RefusalLog log, Credentials credentials, Lockout lockout)
    : WireAuthenticationHandler(options, log)
{
    public const string Header = "X-Auth-Token";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Request.Headers[Header] switch
    {
        [] => AuthenticateResult.NoResult(),
        [{ } token] => Check(credentials.FindToken(token)),
        _ => Refuse("there is more than one token"),
    });

    // What is counted of an address are its tokens, whichever: of a wrong one there is nothing else to count by.
    private AuthenticateResult Check(KnownToken? token) =>
        lockout.Admits(Header, $"{Header} {token?.Name}", Context.Connection.RemoteIpAddress, right: token is not null)
            ? Accept(token!.Projects, $"token {token.Name}")
            : Refuse(token is null ? "the token is unknown" : "tokens are locked for this address");
}
