using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>GET: whether the process answers, and whether the store does.</summary>
internal static class Health
{
    // A probe gives up long before the store's own patience ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IResult Live() => Answer("live");

    public static async Task<IResult> Ready(ITaskStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await store.GetAsync(new ProjectId("health"), [new TaskId(1)], cancellationToken).WaitAsync(Patience, time, cancellationToken);
            return Answer("ready");
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException($"The store did not answer within {Patience.TotalSeconds} s.", exception);
        }
    }

    private static IResult Answer(string status) => Results.Json(new HealthBody(status), WireJson.Answers.HealthBody);
}

/// <summary>The answer of a healthy host.</summary>
internal sealed record HealthBody(string Status);
