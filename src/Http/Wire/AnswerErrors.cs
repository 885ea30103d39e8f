using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Turns what a handler throws into an answer.</summary>
internal static class AnswerErrors
{
    /// <summary>The filter of our routes; an exception that is none of ours passes, to the host's own handler.</summary>
    public static async ValueTask<object?> InWireShape(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        RequestId.Of(context);
        try
        {
            return await next(invocation);
        }
        catch (Exception exception)
        {
            var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("SnapshotTasks.Http");
            return From(exception, context, logger, Rethrow);
        }
    }

    /// <summary>The answer to an exception; <paramref name="unexpected"/> answers what is neither the caller's fault nor the store's.</summary>
    public static IResult From(Exception exception, HttpContext context, ILogger logger, Func<Exception, IResult> unexpected)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest); // Nobody is there to read it.
        }

        var error = WireErrors.For(exception);
        if (error?.Status == StatusCodes.Status503ServiceUnavailable)
        {
            logger.LogWarning(exception, "Request {RequestId} was answered {Status}.", RequestId.Of(context), error.Status);
        }

        return error ?? unexpected(exception);
    }

    private static IResult Rethrow(Exception exception)
    {
        ExceptionDispatchInfo.Throw(exception);
        return null;
    }
}

/// <summary>The name of a request, by which a caller and the log speak of the same one.</summary>
internal static class RequestId
{
    private const string Header = "X-Request-Id";

    /// <summary>The request's id, drawn at the first call and sent with the answer; never the caller's, who could forge one.</summary>
    public static string Of(HttpContext context)
    {
        var headers = context.Response.Headers;
        if (headers[Header] is [{ } known])
        {
            return known;
        }

        var id = Guid.NewGuid().ToString("N");
        headers[Header] = id;
        return id;
    }
}
