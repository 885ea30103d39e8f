namespace SnapshotTasks;

/// <summary>A capture cannot go on for want of something of this machine, which has nothing to do with the video.</summary>
internal sealed class MachineFailedException(string message, Exception? inner = null) : Exception(message, inner);
