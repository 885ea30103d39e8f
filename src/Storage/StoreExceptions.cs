namespace SnapshotTasks;

/// <summary>The store could not do it and nothing was changed: try again later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The answer to a commit was lost: the decision may or may not have been kept.</summary>
public sealed class UnknownOutcomeException(string message, Exception? inner = null) : Exception(message, inner);
