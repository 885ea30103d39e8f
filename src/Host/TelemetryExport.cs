using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SnapshotTasks;

/// <summary>Sends traces, metrics and logs where the standard variable says.</summary>
internal static class TelemetryExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>Adds OpenTelemetry, unless nobody asked for it: then nothing of it is even loaded.</summary>
    public static void AddTelemetryExport(this WebApplicationBuilder builder, string version)
    {
        if (!string.IsNullOrEmpty(builder.Configuration[Endpoint]))
        {
            Add(builder, version);
        }
    }

    // How and how often, and with which headers, is said by the other variables that OpenTelemetry specifies.
    private static void Add(WebApplicationBuilder builder, string version) => builder.Services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService(builder.Configuration[ServiceName] ?? "snapshot-tasks", serviceVersion: version))
        .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource("SnapshotTasks.*"))
        .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter("SnapshotTasks.*"))
        .WithLogging()
        .UseOtlpExporter();
}
