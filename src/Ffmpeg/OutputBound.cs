using System.Globalization;

namespace SnapshotTasks;

/// <summary>Watches a folder while a child writes into it, and stops the child when that is too much, or when the disk is nearly full.</summary>
internal sealed class OutputBound : IDisposable
{
    // Kept free for everybody else on the disk.
    private const long Reserve = 256 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string folder;
    private readonly long most;
    private readonly CancellationTokenSource stopping;
    private readonly CancellationTokenSource ending = new();
    private readonly Task watching;

    /// <param name="folder">The folder.</param>
    /// <param name="most">How many bytes it may hold.</param>
    /// <param name="stop">Stops the child for other reasons.</param>
    public OutputBound(string folder, long most, CancellationToken stop)
    {
        (this.folder, this.most, stopping) = (folder, most, CancellationTokenSource.CreateLinkedTokenSource(stop));
        watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Fires when the child has to stop.</summary>
    public CancellationToken Stop => stopping.Token;

    /// <summary>Why it was stopped by this; none when it was not.</summary>
    public CaptureFailedException? Exceeded { get; private set; }

    /// <summary>Why a number of bytes cannot be written into a folder; none when they can be.</summary>
    public static CaptureFailedException? Refusal(string folder, long bytes, long most) =>
        bytes > most ? TooMuch(most)
        : new DriveInfo(folder).AvailableFreeSpace < Reserve ? new(FailureCode.SystemError, "There is no space left for the pictures.")
        : null;

    /// <summary>What is said when more would be written than may be.</summary>
    public static CaptureFailedException TooMuch(long most) =>
        new(FailureCode.SystemError, string.Create(CultureInfo.InvariantCulture, $"The pictures take more than the {most} bytes that a task may write."));

    public void Dispose()
    {
        ending.Cancel();
        watching.Wait();
        ending.Dispose();
        stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                Exceeded = Refusal(folder, new DirectoryInfo(folder).EnumerateFiles().Sum(SizeOf), most);
            }
            catch (IOException)
            {
                // The attempt that has taken over removes the folder: the child has nothing left to write into.
                return;
            }

            if (Exceeded is not null)
            {
                await stopping.CancelAsync();
                return;
            }

            // A folder of many files is not looked at without a rest.
            var pause = Pause + (5 * TimeProvider.System.GetElapsedTime(began));
            await Task.Delay(pause, TimeProvider.System, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // ffmpeg has renamed or removed it.
            return 0;
        }
    }
}
