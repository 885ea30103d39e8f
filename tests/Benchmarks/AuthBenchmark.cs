using System.CommandLine;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Benchmarks;

/// <summary>What it costs to authenticate one request: the processor time of this process, a request without a credential taken off.</summary>
internal static class AuthBenchmark
{
    private const string AccessKey = "AKBENCHMARK", Secret = "benchmark-secret", Token = "benchmark-token-1";
    private const string Target = "/v1/demo/thumbnails?task_id=100211";

    private static readonly Option<int> Requests = BenchmarkCommand.Count("--requests", 100_000, "How many requests a round has");

    public static Command Command() => BenchmarkCommand.Create(
        "auth", "The processor time to authenticate one request, signed or with a token.", RunAsync, Requests, BenchmarkCommand.Pairs);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var collection = new ServiceCollection();
        collection.AddLogging().AddAuthentication().AddSdkSignature().AddAuthToken();
        collection.Configure<CredentialOptions>(credentials =>
        {
            credentials.AccessKeys.Add(new() { AccessKey = AccessKey, SecretKey = Secret, Projects = { "demo" } });
            credentials.Tokens.Add(new() { Token = Token, Projects = { "demo" } });
        });
        await using var services = collection.AddSingleton(TimeProvider.System).BuildServiceProvider();
        var requests = run.Options.GetRequiredValue(Requests);

        var (signed, withToken) = (new List<double>(), new List<double>());
        for (var round = 0; round <= run.Pairs; round++)
        {
            var nothing = await CostAsync(services, requests, SnapshotTasksAuthentication.SdkSignatureScheme, "X-None", "");
            var signature = await CostAsync(
                services, requests, SnapshotTasksAuthentication.SdkSignatureScheme, "Authorization", Sign(TimeProvider.System.GetUtcNow()));
            var token = await CostAsync(services, requests, SnapshotTasksAuthentication.AuthTokenScheme, "X-Auth-Token", Token);

            // In the first round code is compiled.
            if (round > 0)
            {
                signed.Add(signature - nothing);
                withToken.Add(token - nothing);
            }
        }

        run.Report.Add(Figures.Authentication, Math.Max(signed.Median(), withToken.Median()));
        run.Report.AddRaw("auth.signature", "µs", signed);
        run.Report.AddRaw("auth.token", "µs", withToken);
    }

    private static async Task<double> CostAsync(IServiceProvider services, int requests, string scheme, string header, string value)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < requests; i++)
        {
            using var scope = services.CreateScope();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = Target;
            context.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
            context.Request.Method = "DELETE";
            context.Request.Headers["Host"] = "mpc.example.com";
            context.Request.Headers["Content-Type"] = "application/json";
            context.Request.Headers["X-Project-Id"] = "demo";
            context.Request.Headers["X-Sdk-Date"] = value.Split('|')[^1];
            context.Request.Headers[header] = value.Split('|')[0];
            var answer = await context.AuthenticateAsync(scheme);
            if (answer.Succeeded != (value.Length > 0))
            {
                throw new InvalidOperationException($"a request was answered {answer.Failure?.Message ?? "without a credential"}.");
            }
        }

        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / requests;
    }

    /// <summary>The Authorization header and the date, as a client makes them.</summary>
    private static string Sign(DateTimeOffset now)
    {
        var date = now.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var canonical = SdkSignature.Canonical(
            "DELETE",
            Target,
            [("content-type", "application/json"), ("host", "mpc.example.com"), ("x-project-id", "demo"), ("x-sdk-date", date)],
            SdkSignature.Hash([]));
        var signature = SdkSignature.Sign(canonical, date, System.Text.Encoding.UTF8.GetBytes(Secret));
        return $"{SdkSignature.Algorithm} Access={AccessKey}, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={signature}|{date}";
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
