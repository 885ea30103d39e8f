namespace SnapshotTasks;

/// <summary>The ways a run fails.</summary>
public enum FailureCode
{
    /// <summary>The input file does not exist.</summary>
    InputNotFound,

    /// <summary>The input file exists and cannot be read.</summary>
    InputUnreadable,

    /// <summary>The video cannot be decoded.</summary>
    InvalidCodec,

    /// <summary>The input is not a video.</summary>
    InvalidFormat,

    /// <summary>The video is not what the request needs, for example shorter than a point.</summary>
    InvalidInputData,

    /// <summary>The system failed, not the input.</summary>
    SystemError,

    /// <summary>An operator has aborted the run.</summary>
    Aborted,
}

/// <summary>Why a run failed.</summary>
/// <param name="Code">The kind of failure.</param>
/// <param name="Reason">One sentence for the caller.</param>
public sealed record Failure(FailureCode Code, string Reason);
