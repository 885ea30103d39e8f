namespace SnapshotTasks.Storage;

/// <summary>What a project has stored.</summary>
/// <param name="Tasks">How many tasks, exact up to the limit asked for and the limit above it.</param>
/// <param name="UserData">How many bytes, in UTF-8, the <c>user_data</c> of these tasks has.</param>
public sealed record ProjectMeasure(int Tasks, long UserData);
