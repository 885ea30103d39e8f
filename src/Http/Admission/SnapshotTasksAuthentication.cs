using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SnapshotTasks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the credentials of the MPC-compatible interface, which a host may use for its own routes as well.</summary>
/// <remarks>
/// Who may call is in <see cref="CredentialOptions"/>; a bad entry is refused when the host starts. A principal has one claim
/// <see cref="ProjectClaim"/> for each project that its credential opens.
/// </remarks>
public static class SnapshotTasksAuthentication
{
    /// <summary>The scheme of requests signed with an access key.</summary>
    public const string SdkSignatureScheme = SdkSignature.Algorithm;

    /// <summary>The scheme of requests with a token.</summary>
    public const string AuthTokenScheme = AuthTokenHandler.Header;

    /// <summary>The type of the claim that names a project.</summary>
    public const string ProjectClaim = "project";

    /// <summary>Accepts requests signed with one of <see cref="CredentialOptions.AccessKeys"/>.</summary>
    public static AuthenticationBuilder AddSdkSignature(this AuthenticationBuilder builder) =>
        builder.AddCredentials().AddScheme<AuthenticationSchemeOptions, SdkSignatureHandler>(SdkSignatureScheme, null);

    /// <summary>Accepts requests with one of <see cref="CredentialOptions.Tokens"/> in the header <c>X-Auth-Token</c>.</summary>
    public static AuthenticationBuilder AddAuthToken(this AuthenticationBuilder builder) =>
        builder.AddCredentials().AddScheme<AuthenticationSchemeOptions, AuthTokenHandler>(AuthTokenScheme, null);

    private static AuthenticationBuilder AddCredentials(this AuthenticationBuilder builder)
    {
        builder.Services.TryAddSingleton<Credentials>();
        builder.Services.TryAddSingleton<Lockout>();
        builder.Services.TryAddSingleton<RefusalLog>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CredentialOptions>, CredentialOptionsValidator>());
        builder.Services.AddOptions<CredentialOptions>().ValidateOnStart();
        return builder;
    }
}
