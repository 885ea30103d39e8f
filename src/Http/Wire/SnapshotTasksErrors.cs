using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SnapshotTasks;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gives the errors that the framework answers the body of the wire.</summary>
public static class SnapshotTasksErrors
{
    /// <summary>
    /// Answers unknown paths, framework errors and unexpected exceptions in the wire's body, and names every answer with
    /// <c>X-Request-Id</c>. For a host that serves nothing else; call it first.
    /// </summary>
    public static IApplicationBuilder UseSnapshotTasksErrors(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("SnapshotTasks.Http");
        var errors = new AnswerErrors(new OutageLog(app.ApplicationServices));
        return app.Use(async (context, next) =>
        {
            RequestId.Of(context);
            try
            {
                await next(context);
            }
            catch (Exception exception) when (!context.Response.HasStarted)
            {
                await errors.From(exception, context, SystemError).ExecuteAsync(context);
                return;
            }

            var response = context.Response;
            if (!response.HasStarted && response is { StatusCode: >= 400, ContentType: null, ContentLength: null })
            {
                await WireErrors.ForStatus(response.StatusCode).ExecuteAsync(context);
            }
        });

        WireError SystemError(Exception exception)
        {
            logger.LogError(exception, "A request failed unexpectedly.");
            return WireErrors.ForStatus(StatusCodes.Status500InternalServerError);
        }
    }
}
