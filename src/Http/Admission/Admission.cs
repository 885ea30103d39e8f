using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Decides who reaches the routes: with a credential for the project, or without any configured from loopback only.</summary>
internal sealed class Admission
{
    private static readonly string[] Schemes = [SnapshotTasksAuthentication.SdkSignatureScheme, SnapshotTasksAuthentication.AuthTokenScheme];

    private readonly bool needsCredential;
    private readonly List<string> schemes;
    private readonly RefusalLog log;
    private readonly Throttle throttle;

    /// <exception cref="InvalidOperationException">A credential is configured that nothing here would check.</exception>
    public Admission(IServiceProvider services, Throttle throttle)
    {
        var credentials = services.GetRequiredService<IOptions<CredentialOptions>>().Value;
        var provider = services.GetService<IAuthenticationSchemeProvider>();
        schemes = [.. Schemes.Where(scheme => provider?.GetSchemeAsync(scheme).GetAwaiter().GetResult() is not null)];
        Check(credentials.AccessKeys.Count, nameof(CredentialOptions.AccessKeys), Schemes[0], nameof(SnapshotTasksAuthentication.AddSdkSignature));
        Check(credentials.Tokens.Count, nameof(CredentialOptions.Tokens), Schemes[1], nameof(SnapshotTasksAuthentication.AddAuthToken));
        needsCredential = credentials.AccessKeys.Count + credentials.Tokens.Count > 0;
        log = ActivatorUtilities.GetServiceOrCreateInstance<RefusalLog>(services);
        this.throttle = throttle;

        void Check(int count, string list, string scheme, string missing)
        {
            if (count > 0 && !schemes.Contains(scheme))
            {
                throw new InvalidOperationException($"Credentials:{list} is configured, but not checked: call AddAuthentication().{missing}() before MapSnapshotTasks.");
            }
        }
    }

    /// <summary>Stands before a route, and before its parameters are read.</summary>
    public void Guard(EndpointBuilder endpoint)
    {
        var route = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = async context =>
        {
            RequestId.Of(context);
            var project = (string)context.GetRouteValue("project_id")!;
            if ((await RefuseAsync(context, project) ?? throttle.Refuse(project)) is { } error)
            {
                await error.ExecuteAsync(context);
                return;
            }

            await route(context);
        };
    }

    private async ValueTask<WireError?> RefuseAsync(HttpContext context, string project)
    {
        if (!needsCredential)
        {
            return RefuseStranger(context);
        }

        var result = AuthenticateResult.NoResult();
        foreach (var scheme in schemes.TakeWhile(_ => result.None))
        {
            result = await context.AuthenticateAsync(scheme);
        }

        if (!result.Succeeded)
        {
            if (result.None)
            {
                log.Write(context, "it has no credential");
            }

            return WireErrors.For(result);
        }

        context.User = result.Principal;
        if (!result.Principal.HasClaim(SnapshotTasksAuthentication.ProjectClaim, project))
        {
            log.Write(context, "the credential is not for this project", result.Principal.Identity?.Name);
            return WireErrors.ForeignProject;
        }

        return null;
    }

    // A host with an authentication of its own says so with RequireAuthorization, and the framework holds it to that.
    private WireError? RefuseStranger(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is not null)
        {
            return null;
        }

        if (context.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
        {
            log.Write(context, "no credential is configured, so that only loopback is served");
            return WireErrors.NotAuthenticated;
        }

        // A page that somebody has opened in a browser on this machine reaches loopback too: under a name of its own, or from its own place.
        if (!IsLoopbackName(context.Request.Host.Host) || IsOfAnotherSite(context.Request))
        {
            log.Write(context, "no credential is configured, and the request is for another host or of another site");
            return WireErrors.ForeignHost;
        }

        return null;
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Every browser of today says where a request comes from; older ones name the page's origin with what changes anything.
    private static bool IsOfAnotherSite(HttpRequest request) => request.Headers["Sec-Fetch-Site"] switch
    {
        [] => request.Headers.Origin is [var origin, ..] && origin != $"{request.Scheme}://{request.Host}",
        ["same-origin" or "none"] => false,
        _ => true,
    };
}
