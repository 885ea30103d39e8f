using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Asks the store until it answers.</summary>
internal sealed class PatientStore(TimeProvider time, ILogger<PatientStore> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int isSilent;

    /// <summary>Asks until there is an answer; what is asked must do no harm when it is done twice.</summary>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryAsync(ask, cancellationToken) is { } answer)
            {
                return answer.Value;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Asks once.</summary>
    public async Task<Answer<T>?> TryAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            // Also of a store that hangs nobody waits longer than he wants to.
            var answer = await ask(cancellationToken).WaitAsync(cancellationToken);
            if (Interlocked.Exchange(ref isSilent, 0) == 1)
            {
                log.StoreAnswers();
            }

            return new(answer);
        }
        catch (Exception error) when (error is StoreUnavailableException or UnknownOutcomeException)
        {
            if (Interlocked.Exchange(ref isSilent, 1) == 0)
            {
                log.StoreSilent(error.Message);
            }

            return null;
        }
    }

    internal readonly record struct Answer<T>(T Value);
}
