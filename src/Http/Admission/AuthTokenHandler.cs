using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Authenticates requests that carry a token in <c>X-Auth-Token</c>.</summary>
internal sealed class AuthTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, RefusalLog log, Credentials credentials)
    : WireAuthenticationHandler(options, log)
{
    public const string Header = "X-Auth-Token";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Request.Headers[Header] switch
    {
        [] => AuthenticateResult.NoResult(),
        [{ } token] when credentials.FindToken(token) is { } projects => Accept(projects),
        _ => Refuse("the token is unknown"),
    });
}
