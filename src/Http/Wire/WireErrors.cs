using System.Globalization;
using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>Maps outcomes and exceptions to the errors of the wire: the only place with error codes.</summary>
internal static class WireErrors
{
    private const string SystemErrorCode = "MPC.10050";

    public static WireError WrongMethod { get; } = new(405, "MPC.10204", "Incorrect method: the Allow header names those of this path.");

    public static WireError WrongContentType { get; } =
        new(415, "MPC.10205", "Incorrect content type: the body must be application/json in UTF-8, not compressed.");

    public static WireError BodyTooLarge { get; } =
        new(413, "MPC.10202", $"Invalid request parameter: the body must be at most {RequestBody.MaxBytes} bytes.");

    /// <summary>The one answer to everybody who does not prove who they are; what was wrong is for the log.</summary>
    public static WireError NotAuthenticated { get; } =
        new(401, "APIGW.0301", "Incorrect IAM authentication information: a request needs a valid signature or a valid token.");

    public static WireError ForeignHost { get; } = new(403, "APIGW.0301",
        "Without a configured credential (Credentials) only requests for localhost or a loopback address are served, and none of another site.");

    public static WireError ForeignProject { get; } = new(401, "MPC.10208", "Tenant ID verification failed: the credential is not for this project.");

    public static WireError NoCancellation { get; } = new(400, "MPC.10211", "The cancellation does not exist, or is older than a day.");

    public static WireError PlaceGone { get; } = new(410, "MPC.10211",
        $"The place is not there any more: events after it were removed with their tasks, or the store is another one. Begin anew without {EventFields.AfterName}, or with {EventFields.AfterName}={EventFields.Now}.");

    public static WireError EventsNotKept { get; } = InvalidParameter("this server keeps no events.");

    public static WireError CancellationKeyReused { get; } =
        InvalidParameter($"{RequestReading.KeyHeader} belongs to a cancellation that was asked for with another body: send another key, or the same body.");

    private static WireError KeyReused { get; } =
        InvalidParameter($"{RequestReading.KeyHeader} belongs to a task that was asked for with other parameters: send another key, or the same request.");

    private static WireError Paused { get; } = Unavailable("the operator has paused the queue, and a sync task would start at once. Nothing was stored; try again later, or without sync.");

    private static WireError UnknownPath { get; } = new(404, "APIGW.0101", "The API does not exist: no such path.");

    public static WireError InvalidParameter(string problem) => new(400, "MPC.10202", $"Invalid request parameter: {problem}");

    public static WireError Throttled(string threshold, TimeSpan retryAfter) =>
        new(429, "APIGW.0308", $"The throttling threshold has been reached: at most {threshold}.") { RetryAfter = retryAfter };

    /// <summary>The answer to a request that was not authenticated, or whose body could not be read for it.</summary>
    public static WireError For(AuthenticateResult result) => (result.Failure as WireException)?.Error ?? NotAuthenticated;

    /// <summary>The answer to a cancel that cancelled nothing.</summary>
    public static WireError? For(CancelOutcome outcome) => outcome.Answer switch
    {
        CancelAnswer.Cancelled => null,
        CancelAnswer.NotFound => new(400, "MPC.10211", "The task does not exist."),
        CancelAnswer.Refused => new(
            400,
            "MPC.10212",
            $"Operation failed. The task is {WireStatus.Of(outcome.State!.Value, outcome.Ending)} since {WireTask.Since(outcome.Since!.Value)} and can no longer be cancelled."),
    };

    /// <summary>The answer to a submission that added nothing and repeats nothing.</summary>
    public static WireError? For(SubmitOutcome outcome) => outcome.Answer switch
    {
        SubmitAnswer.Accepted or SubmitAnswer.Repeated => null,
        SubmitAnswer.KeyReused => KeyReused,
        SubmitAnswer.LimitReached => Throttled(outcome.Limit!),
        SubmitAnswer.Paused => Paused,
    };

    /// <summary>The answer to a snapshot that was wanted now and could not be started.</summary>
    public static WireError? For(TakeSnapshotNowOutcome outcome) => outcome.Answer switch
    {
        TakeSnapshotNowAnswer.Ended or TakeSnapshotNowAnswer.StillRunning => null,
        TakeSnapshotNowAnswer.KeyReused => KeyReused,
        TakeSnapshotNowAnswer.LimitReached => Throttled(outcome.Limit!),
        TakeSnapshotNowAnswer.Paused => Paused,
        TakeSnapshotNowAnswer.NoFreeSlot => new(
            429,
            "APIGW.0308",
            "The throttling threshold has been reached: this server has no free slot for a sync task. Nothing was stored; try again later, or without sync.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        },
    };

    /// <summary>How a task's failure reads in its description: the vendor's code and text, and our reason when it says more.</summary>
    public static string Describe(Failure failure)
    {
        var (code, text) = failure.Code switch
        {
            FailureCode.InputNotFound => ("MPC.10053", "The input file does not exist."),
            FailureCode.InputUnreadable => ("MPC.10052", "The input file cannot be obtained."),
            FailureCode.InvalidCodec => ("MPC.10062", "Invalid video codec."),
            FailureCode.InvalidFormat => ("MPC.10063", "Invalid video format."),
            FailureCode.InvalidInputData => ("MPC.10125", "Input data error."),
            FailureCode.SystemError or FailureCode.Aborted => (SystemErrorCode, "System error."),
        };
        return failure.Reason == text ? $"{code} {text}" : $"{code} {text} {failure.Reason}";
    }

    /// <summary>The answer to an exception that a request may cause, or none when it is a bug.</summary>
    public static WireError? For(Exception exception) => exception switch
    {
        WireException refused => refused.Error,
        ValidationException invalid => InvalidParameter(Describe(invalid.Errors)),
        BadHttpRequestException bad => ForStatus(bad.StatusCode),
        StoreUnavailableException => Unavailable("the store is not available. Nothing was changed; try again later."),
        UnknownOutcomeException => Unavailable("the answer of the store was lost. It may or may not have been done; ask for the task before repeating."),
        _ => null,
    };

    /// <summary>The answer in place of one that the framework gives without a body.</summary>
    public static WireError ForStatus(int status) => status switch
    {
        404 => UnknownPath,
        405 => WrongMethod,
        413 => BodyTooLarge,
        415 => WrongContentType,
        >= 500 => new(status, SystemErrorCode, "System error.") { RetryAfter = status == 503 ? TimeSpan.FromSeconds(1) : null },
        _ => new(status, "MPC.10202", "Invalid request parameter: the request is not valid."),
    };

    private static WireError Throttled(ReachedLimit reached)
    {
        // Draining takes captures, and removing takes sweeps, not milliseconds: who is refused need not come back at once.
        var (what, seconds) = reached.Limit switch
        {
            ProjectLimit.MaxQueuedTasks => ("queued tasks of a project", 10),
            ProjectLimit.MaxStoredTasks => ("stored tasks of a project", 60),
            ProjectLimit.MaxUserData => ("bytes of user_data in the stored tasks of a project", 60),
            ProjectLimit.MaxImmediate => ("sync tasks of a project at once", 1),
            ProjectLimit.MaxRunning => ("running tasks of a project", 1),
        };
        return Throttled($"{reached.Max} {what} ({reached.Limit})", TimeSpan.FromSeconds(seconds));
    }

    private static WireError Unavailable(string why) => new(503, SystemErrorCode, $"System error: {why}") { RetryAfter = TimeSpan.FromSeconds(1) };

    // One sentence for each field, the first that holds for it: the others follow from it.
    private static string Describe(IEnumerable<ValidationFailure> failures) =>
        string.Join(' ', failures.DistinctBy(failure => failure.PropertyName).Select(FieldNames.Translate));
}

/// <summary>One error as the wire has it.</summary>
internal sealed record WireError(int Status, string Code, string Message) : IResult
{
    /// <summary>When it is worth asking again, sent in whole seconds; none when it depends on the caller.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public Task ExecuteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Status == StatusCodes.Status401Unauthorized)
        {
            // Some HTTP clients cannot read a 401 that names no scheme.
            response.Headers.WWWAuthenticate = SdkSignature.Algorithm;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            response.ContentType = "application/json; charset=utf-8";
            return Task.CompletedTask; // A body, which HTTP/1.1 would swallow, breaks the stream of HTTP/2.
        }

        return response.WriteAsJsonAsync(new ErrorBody(Code, Message, RequestId.Of(context)), WireJson.Answers.ErrorBody);
    }
}

/// <summary>The body of every error.</summary>
internal sealed record ErrorBody(string ErrorCode, string ErrorMsg, string RequestId);

/// <summary>Input that is refused while it is read, before there is a command to validate.</summary>
internal sealed class WireException(WireError error) : Exception(error.Message)
{
    public WireError Error { get; } = error;

    public static WireException Invalid(string problem) => new(WireErrors.InvalidParameter(problem));
}
