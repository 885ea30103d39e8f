namespace SnapshotTasks;

/// <summary>Leaves a capture from wherever it turns out that it must fail; <see cref="FfmpegCapture"/> turns it into the result.</summary>
internal sealed class CaptureFailedException(FailureCode code, string reason, Exception? inner = null) : Exception(reason, inner)
{
    public FailureCode Code { get; } = code;

    /// <summary>Whether another attempt may succeed.</summary>
    public bool MayPass { get; init; }

    public CaptureResult Result => MayPass ? CaptureResult.FailedForNow(Code, Message) : CaptureResult.Failed(Code, Message);
}
