using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using IdentityClaim = System.Security.Claims.Claim;

namespace SnapshotTasks;

/// <summary>What both kinds of credential have in common: one answer for every failure, in the wire's body.</summary>
/// <remarks>The base class logs every failure at a rate that callers choose; it gets no logger, and ours is bounded.</remarks>
internal abstract class WireAuthenticationHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, RefusalLog log)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, NullLoggerFactory.Instance, UrlEncoder.Default)
{
    protected AuthenticateResult Accept(IEnumerable<string> projects, string name)
    {
        var identity = new ClaimsIdentity(Scheme.Name);
        identity.AddClaims(projects.Select(project => new IdentityClaim(SnapshotTasksAuthentication.ProjectClaim, project)));
        identity.AddClaim(new IdentityClaim(identity.NameClaimType, name));
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected AuthenticateResult Refuse(string reason, string? accessKey = null)
    {
        log.Write(Context, reason, accessKey);
        return AuthenticateResult.Fail(reason);
    }

    // A policy with both schemes has each of them answer: the first has.
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!Response.HasStarted)
        {
            await WireErrors.For(await HandleAuthenticateOnceSafeAsync()).ExecuteAsync(Context);
        }
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Response.HasStarted ? Task.CompletedTask : WireErrors.ForeignProject.ExecuteAsync(Context);
}
