using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Who may call and how much, from the configuration.</summary>
internal static class Callers
{
    private const string Proxies = "Proxies";

    /// <summary>Adds credentials, throttling and the proxies that are believed; a setting that is misspelt is refused, not passed over.</summary>
    public static void AddCallers(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<CredentialOptions>().BindConfiguration("Credentials", binder => binder.ErrorOnUnknownConfiguration = true);
        builder.Services.AddOptions<ThrottlingOptions>()
            .Configure<IOptions<ThrottlingSection>>((throttling, section) => throttling.RequestsPerMinute = section.Value.RequestsPerMinute);
        builder.Services.AddSubmissionLimits(builder.Configuration);

        // The core only: AddAuthentication would bring the encryption of cookies as well, which writes keys to disk at start.
        builder.Services.AddAuthenticationCore();
        new AuthenticationBuilder(builder.Services).AddSdkSignature().AddAuthToken();
        builder.Services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.ForwardLimit = null; // As many as there are, each of them configured: the first that is not is the caller.
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in ProxiesIn(builder.Configuration))
            {
                forwarded.KnownIPNetworks.Add(proxy);
            }
        });
    }

    /// <summary>Adds the limits of what is submitted, by callers and by operators.</summary>
    public static IServiceCollection AddSubmissionLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ThrottlingSection>().Bind(configuration.GetSection("Throttling"), binder => binder.ErrorOnUnknownConfiguration = true);
        services.AddOptions<SubmissionOptions>().Configure<IOptions<ThrottlingSection>>((submissions, section) => section.Value.SetOn(submissions));
        return services;
    }

    /// <summary>Reads the settings, before a route does; what is wrong is never shown, as it may be a secret.</summary>
    /// <exception cref="InvalidOperationException">A name or a value is not understood.</exception>
    public static CredentialOptions ReadSettings(this WebApplication app)
    {
        Read<ThrottlingSection>("Throttling", $"numbers {string.Join(", ", typeof(ThrottlingSection).GetProperties().Select(property => property.Name))}");
        return Read<CredentialOptions>("Credentials", "lists AccessKeys (AccessKey, SecretKey, Projects) and Tokens (Token, Projects)");

        T Read<T>(string section, string shape)
            where T : class
        {
            try
            {
                return app.Services.GetRequiredService<IOptions<T>>().Value;
            }
            catch (InvalidOperationException)
            {
                throw new InvalidOperationException($"The section {section} has a name or a value that is not understood: it has the {shape}.");
            }
        }
    }

    /// <summary>Takes the caller's address from the proxies that are believed; without any, nobody is.</summary>
    public static void UseProxies(this WebApplication app)
    {
        if (ProxiesIn(app.Configuration).Count > 0)
        {
            app.UseForwardedHeaders();
        }
    }

    /// <summary>The most that one connection may ask of the server before anything of ours has a say, and how many there may be.</summary>
    /// <remarks>The section Kestrel:Limits says otherwise.</remarks>
    public static ConnectionBound SetLimits(KestrelServerLimits limits, IConfiguration configuration)
    {
        limits.MaxRequestBodySize = 1024 * 1024;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(2));
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        configuration.GetSection("Kestrel:Limits").Bind(limits, binder => binder.ErrorOnUnknownConfiguration = true);

        // The web server itself would turn away whoever comes last, and not whoever does nothing.
        var bound = new ConnectionBound(limits.MaxConcurrentConnections ?? ConnectionBound.ForDescriptors());
        limits.MaxConcurrentConnections = null;
        return bound;
    }

    private static List<System.Net.IPNetwork> ProxiesIn(IConfiguration configuration) =>
        [.. configuration.GetSection(Proxies).GetChildren().Select(proxy => Parse(proxy.Value))];

    private static System.Net.IPNetwork Parse(string? text) =>
        System.Net.IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : throw new InvalidOperationException($"{Proxies} has '{text}', which is neither an address nor a network such as 10.0.0.0/8.");

    /// <summary>What one project may do is one section for operators; the limits are of requests and of the use case behind them.</summary>
    private sealed class ThrottlingSection
    {
        public int RequestsPerMinute { get; set; } = new ThrottlingOptions().RequestsPerMinute;

        public int MaxQueuedTasks { get; set; } = new SubmissionOptions().MaxQueuedTasks;

        public int MaxStoredTasks { get; set; }

        public long MaxUserData { get; set; }

        public int MaxImmediate { get; set; }

        public void SetOn(SubmissionOptions submissions) =>
            (submissions.MaxQueuedTasks, submissions.MaxStoredTasks, submissions.MaxUserData, submissions.MaxImmediate) =
            (MaxQueuedTasks, MaxStoredTasks, MaxUserData, MaxImmediate);
    }
}
