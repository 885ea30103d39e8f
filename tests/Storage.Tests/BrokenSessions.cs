namespace SnapshotTasks.Tests;

/// <summary>A session like another, for variants that are broken in one step.</summary>
internal abstract class SessionThrough(IStoreSession session) : IStoreSession
{
    public ValueTask<bool> WaitAsync(ValueTask<bool> ready) => session.WaitAsync(ready);

    public virtual ValueTask BeginAsync() => session.BeginAsync();

    public virtual ValueTask<Held?> HoldAsync(Wanted wanted) => session.HoldAsync(wanted);

    public virtual ValueTask WriteAsync(Changes changes) => session.WriteAsync(changes);

    public virtual ValueTask CommitAsync() => session.CommitAsync();

    public virtual ValueTask RollBackAsync(Exception cause) => session.RollBackAsync(cause);

    public virtual StoreFailure Explain(Exception error, StoreStep step) => session.Explain(error, step);

    public virtual ValueTask DisposeAsync() => session.DisposeAsync();
}

/// <summary>Broken: what failed is rolled back and answered as if it had been committed.</summary>
internal sealed class ForgivingSession(IStoreSession session) : SessionThrough(session)
{
    private Exception? forgiven;

    public override async ValueTask WriteAsync(Changes changes)
    {
        try
        {
            await base.WriteAsync(changes);
        }
        catch (Exception error)
        {
            forgiven = error;
        }
    }

    public override async ValueTask CommitAsync()
    {
        try
        {
            if (forgiven is null)
            {
                await base.CommitAsync();
                return;
            }
        }
        catch (Exception error)
        {
            forgiven = error;
        }

        await RollBackAsync(forgiven);
        forgiven = null;
    }
}

/// <summary>Broken: it never looks for the one operation that a batch failed for.</summary>
internal sealed class UnfairSession(IStoreSession session) : SessionThrough(session)
{
    public override StoreFailure Explain(Exception error, StoreStep step) =>
        base.Explain(error, step) with { Concerns = FailureConcerns.TheTransaction };
}

/// <summary>Broken: it answers, and commits when the next batch comes.</summary>
internal sealed class HastySession(IStoreSession session) : SessionThrough(session)
{
    private bool answered;

    public override async ValueTask BeginAsync()
    {
        await CatchUpAsync();
        await base.BeginAsync();
    }

    public override ValueTask CommitAsync()
    {
        answered = true;
        return default;
    }

    private async ValueTask CatchUpAsync()
    {
        if (answered)
        {
            answered = false;
            await base.CommitAsync();
        }
    }
}
