using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SnapshotTasks;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the routes of the MPC-compatible interface.</summary>
public static class SnapshotTasksEndpoints
{
    /// <summary>
    /// Maps create, query and cancel of snapshot tasks at <c>/v1/{project_id}/thumbnails</c>, and cancellations of many, which are ours, below it; and what has happened, ours as well, at <c>/v1/{project_id}/events</c>.
    /// </summary>
    /// <remarks>
    /// These routes answer their own errors in the wire's body, in any host. What the framework answers before a route is
    /// found, such as 404, has that body in a host that calls <see cref="SnapshotTasksErrors.UseSnapshotTasksErrors"/>.
    /// They require a credential as soon as <see cref="CredentialOptions"/> has one. Until then they serve loopback connections
    /// only, unless the host requires an authorization of its own with <c>MapSnapshotTasks().RequireAuthorization(…)</c>.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The host has not called AddSnapshotTasks, or a setting is out of its range.</exception>
    public static RouteGroupBuilder MapSnapshotTasks(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(ITaskStore)) == false)
        {
            throw new InvalidOperationException("SnapshotTasks is not registered: call AddSnapshotTasks before MapSnapshotTasks.");
        }

        var limits = services.GetRequiredService<IOptions<ThrottlingOptions>>().Value.Validated();
        var throttle = new Throttle(limits.RequestsPerMinute);
        var query = new QueryThumbnails();
        var events = new ProjectEvents(services);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(() =>
        {
            throttle.Dispose();
            query.Dispose();
            events.Dispose();
        });

        var project = endpoints.MapGroup("/v1/{project_id}").AddEndpointFilter(new AnswerErrors(new OutageLog(services)).InWireShape);
        ((IEndpointConventionBuilder)project).Add(new Admission(services, throttle).Guard);
        project.MapPost("/thumbnails", CreateThumbnails.Handle).DescribeCreate();
        project.MapGet("/thumbnails", query.Handle).DescribeQuery();
        project.MapDelete("/thumbnails", CancelThumbnails.Handle).DescribeCancel();

        project.MapPost("/thumbnails/cancellations", ManyCancellations.Cancel).DescribeCancelMany();
        project.MapGet("/thumbnails/cancellations/{cancellation_id}", ManyCancellations.Find).DescribeCancellation();

        project.MapGet("/events", events.Handle).DescribeEvents();

        // Every other method. Without it the framework would answer 405 itself, with an empty body that clients cannot read.
        project.MapFallback("/thumbnails", WrongMethod("DELETE, GET, POST")).ExcludeFromDescription();
        project.MapFallback("/thumbnails/cancellations", WrongMethod("POST")).ExcludeFromDescription();
        project.MapFallback("/thumbnails/cancellations/{cancellation_id}", WrongMethod("GET")).ExcludeFromDescription();
        project.MapFallback("/events", WrongMethod("GET")).ExcludeFromDescription();
        return project;
    }

    /// <summary>
    /// Maps <c>/health/live</c>, 200 while the process answers, and <c>/health/ready</c>, 200 while the store does and 503 otherwise.
    /// </summary>
    public static RouteGroupBuilder MapSnapshotTasksHealth(this IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("/health").AddEndpointFilter(new AnswerErrors(new OutageLog(endpoints.ServiceProvider)).InWireShape);
        health.MapGet("/live", Health.Live).ExcludeFromDescription();
        health.MapGet("/ready", Health.Ready).ExcludeFromDescription();
        return health;
    }

    private static Func<HttpResponse, WireError> WrongMethod(string allowed) => response =>
    {
        response.Headers.Allow = allowed;
        return WireErrors.WrongMethod;
    };
}
