namespace SnapshotTasks;

/// <summary>The fields of a cancellation of many, of which a body has exactly one, and the parameters of asking what became of it.</summary>
internal static class CancellationFields
{
    public const string CancellationIdName = "cancellation_id", AfterName = "after", SizeName = "size";

    public static readonly IdsField TaskIds = new("task_ids", "Cancels these tasks; one that is named twice counts once.", CancelSnapshotTasks.MaxIds);

    public static readonly ObjectField Filter =
        new("filter", "Counts the queued tasks that match, writes down which they are, and cancels none.", "CancellationFilter", Conditions.All)
        {
            Member = nameof(PrepareCancellation.Filter),
        };

    public static readonly TextField CancellationId = new(CancellationIdName, "Cancels the tasks that were written down.", 32, "0123456789abcdef0123456789abcdef")
    {
        Pattern = WireSchemas.CancellationIdPattern,
        Member = nameof(CarryOutCancellation.Id),
    };

    public static readonly IReadOnlyList<WireField> All = [TaskIds, Filter, CancellationId];

    public static readonly NumberField Size = new(SizeName, "The most tasks of a page.", 1, CancelSnapshotTasks.MaxIds, CancelSnapshotTasks.MaxIds);

    /// <summary>What a task has to meet.</summary>
    public static class Conditions
    {
        public static readonly TimeField CreatedFrom = new("created_from", "Created in this second or later.") { Member = nameof(QueuedTaskFilter.CreatedFrom) };

        public static readonly TimeField CreatedTo = new("created_to", "Created in this second or earlier.") { Member = nameof(QueuedTaskFilter.CreatedTo) };

        public static readonly TextField ObjectPrefix = new(
            "object_prefix", $"What `input.object` begins with, as it was given; 1 to {MediaObject.MaxPathBytes} bytes in UTF-8.", MediaObject.MaxPathBytes, "2026/")
        {
            Member = nameof(QueuedTaskFilter.InputPathPrefix),
        };

        public static readonly BooleanField Everything =
            new("all", "Says that every queued task of the project is meant; alone, and needed when there is no other condition.") { Member = nameof(QueuedTaskFilter.All) };

        public static readonly IReadOnlyList<WireField> All = [CreatedFrom, CreatedTo, ObjectPrefix, Everything];
    }
}
