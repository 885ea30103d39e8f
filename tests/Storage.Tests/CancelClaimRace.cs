using System.Collections.Concurrent;

namespace SnapshotTasks.Tests;

/// <summary>Many cancel and many claim the same tasks at once; afterwards every answer is held against the row.</summary>
internal static class CancelClaimRace
{
    private const int Tasks = 240;

    // Both sides work on the oldest queued task, and neither may get further ahead than this: so they meet on most
    // tasks, and both win many, however fast one of them is.
    private const int Lead = 6;

    public static readonly ProjectId Project = new("race");

    private static readonly SnapshotRequest Request = new(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)));

    public static Func<TaskId, Task<CancelResult>> Through(ITaskStore store) => async id =>
    {
        var decision = await store.DecideAsync(TaskDecision.Cancel(Project, id));
        return new CancelResult(decision.Answer, decision.TaskIfAny?.State);
    };

    public static async Task RunAsync(ITaskStore rows, Func<TaskId, Task<CancelResult>>[] cancellers, ITaskStore[] claimers)
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < Tasks; i++)
        {
            ids.Add((await rows.AddAsync(new NewTask(Project, Request))).Task.Id);
        }

        var cancels = new ConcurrentBag<(TaskId Id, CancelResult Result)>();
        var claims = new ConcurrentBag<(string Holder, Decision<ClaimAnswer> Outcome)>();
        int cancelled = 0, claimed = 0, cancelling = cancellers.Length, claiming = claimers.Length;

        async Task Cancel(Func<TaskId, Task<CancelResult>> cancel)
        {
            try
            {
                foreach (var id in ids)
                {
                    while (Volatile.Read(ref cancelled) > Volatile.Read(ref claimed) + Lead && Volatile.Read(ref claiming) > 0)
                    {
                        await Task.Yield();
                    }

                    var result = await cancel(id);
                    cancels.Add((id, result));
                    if (result.Answer == CancelAnswer.Cancelled)
                    {
                        Interlocked.Increment(ref cancelled);
                    }
                }
            }
            finally
            {
                Interlocked.Decrement(ref cancelling);
            }
        }

        async Task Claim(ITaskStore store, string holder)
        {
            try
            {
                while (true)
                {
                    while (Volatile.Read(ref claimed) > Volatile.Read(ref cancelled) + Lead && Volatile.Read(ref cancelling) > 0)
                    {
                        await Task.Yield();
                    }

                    var outcomes = await store.ClaimAsync(new Claim(holder, TimeSpan.FromHours(1)));
                    if (outcomes.Count == 0)
                    {
                        return;
                    }

                    foreach (var outcome in outcomes)
                    {
                        claims.Add((holder, outcome));
                        Interlocked.Increment(ref claimed);
                    }
                }
            }
            finally
            {
                Interlocked.Decrement(ref claiming);
            }
        }

        await Task.WhenAll([
            .. cancellers.Select(cancel => Task.Run(() => Cancel(cancel))),
            .. claimers.Select((store, i) => Task.Run(() => Claim(store, $"worker {i}"))),
        ]);

        foreach (var row in await rows.GetAsync(Project, ids))
        {
            var answers = cancels.Where(cancel => cancel.Id == row.Id).Select(cancel => cancel.Result).ToList();
            var runs = claims.Where(claim => claim.Outcome.Task.Id == row.Id).ToList();
            answers.Should().HaveCount(cancellers.Length);
            if (row.State == TaskState.Cancelled)
            {
                runs.Should().BeEmpty("task {0} is cancelled", row.Id);
                answers.Should().ContainSingle(answer => answer.Answer == CancelAnswer.Cancelled);
                answers.Where(answer => answer.Answer != CancelAnswer.Cancelled)
                    .Should().AllBeEquivalentTo(new CancelResult(CancelAnswer.Refused, TaskState.Cancelled));
            }
            else
            {
                row.State.Should().Be(TaskState.Running);
                answers.Should().AllBeEquivalentTo(new CancelResult(CancelAnswer.Refused, TaskState.Running), "task {0} runs", row.Id);
                runs.Should().ContainSingle().Which.Holder.Should().Be(row.Lease!.Holder);
            }
        }

        (cancelled + claimed).Should().Be(Tasks, "each task ends on exactly one side");
        cancelled.Should().BePositive("a race that no cancel wins shows nothing");
        claimed.Should().BePositive("a race that no cancel loses shows nothing");
    }

    public sealed record CancelResult(CancelAnswer Answer, TaskState? State);
}
