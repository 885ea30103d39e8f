using MediatR;

namespace SnapshotTasks;

/// <summary>A task was accepted and waits.</summary>
/// <param name="Task">The task as it was committed.</param>
/// <remarks>
/// These notifications are published after the commit, in the process that made the decision, one after the other and each in a
/// scope of its own, to handlers that nobody waits for: what a handler does or throws changes neither an answer nor a task.
/// None is published for a decision made in a caller's transaction, nor across a crash.
/// </remarks>
public sealed record SnapshotTaskQueued(SnapshotTask Task) : INotification;

/// <summary>The first attempt at a task started; of one that is wanted now, which was never queued, the first that is heard.</summary>
/// <param name="Task">The task as it was committed, with the lease of the attempt.</param>
/// <inheritdoc cref="SnapshotTaskQueued" path="/remarks"/>
public sealed record SnapshotTaskStarted(SnapshotTask Task) : INotification;

/// <summary>Another attempt at a task started after the lease of the one before had expired or was given back.</summary>
/// <param name="Task">The task as it was committed, with the lease of the attempt.</param>
/// <inheritdoc cref="SnapshotTaskQueued" path="/remarks"/>
public sealed record SnapshotTaskTakenOver(SnapshotTask Task) : INotification;

/// <summary>An attempt at a task failed for a reason that may pass, and the next one was put off.</summary>
/// <param name="Task">The task as it was committed, with its deferral.</param>
/// <inheritdoc cref="SnapshotTaskQueued" path="/remarks"/>
public sealed record SnapshotTaskDeferred(SnapshotTask Task) : INotification;

/// <summary>A task ended, with pictures or with a failure, also when it was given up because its attempts were used up, or aborted.</summary>
/// <param name="Task">The task as it was committed, with its outcome.</param>
/// <inheritdoc cref="SnapshotTaskQueued" path="/remarks"/>
public sealed record SnapshotTaskCompleted(SnapshotTask Task) : INotification;

/// <summary>A task was cancelled and never runs.</summary>
/// <param name="Task">The task as it was committed.</param>
/// <inheritdoc cref="SnapshotTaskQueued" path="/remarks"/>
public sealed record SnapshotTaskCancelled(SnapshotTask Task) : INotification;
