using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>Turns what a handler throws into an answer.</summary>
internal sealed class AnswerErrors(OutageLog log)
{
    /// <summary>The filter of our routes; an exception that is none of ours passes, to the host's own handler.</summary>
    public async ValueTask<object?> InWireShape(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        RequestId.Of(context);
        try
        {
            var answer = await next(invocation);
            log.Passed();
            return answer;
        }
        catch (Exception exception)
        {
            return From(exception, context, Rethrow);
        }
    }

    /// <summary>The answer to an exception; <paramref name="unexpected"/> answers what is neither the caller's fault nor the store's.</summary>
    public IResult From(Exception exception, HttpContext context, Func<Exception, IResult> unexpected)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest); // Nobody is there to read it.
        }

        var error = WireErrors.For(exception);
        if (error?.Status == StatusCodes.Status503ServiceUnavailable)
        {
            log.Failed(RequestId.Of(context), exception);
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
