using FluentValidation;

namespace SnapshotTasks;

/// <summary>The rules that commands have in common.</summary>
internal static class Rules
{
    private static readonly string OfProjectId = $"'{{PropertyName}}' must be 1 to {ProjectId.MaxLength} characters of A-Z, a-z, 0-9, '-' and '_'.";

    public static IRuleBuilderOptions<T, TaskId> IsTaskId<T>(this IRuleBuilder<T, TaskId> rule) => rule
        .Must(id => TaskId.IsValid(id.Value)).WithMessage("'{PropertyName}' must be a number of 1 to 16 digits, at least 1.");

    public static IRuleBuilderOptions<T, ProjectId> IsProjectId<T>(this IRuleBuilder<T, ProjectId> rule) => rule
        .Must(id => ProjectId.IsValid(id.Value)).WithMessage(OfProjectId);

    public static IRuleBuilderOptions<T, ProjectId?> IsProjectIdIfAny<T>(this IRuleBuilder<T, ProjectId?> rule) => rule
        .Must(id => id is not { } project || ProjectId.IsValid(project.Value)).WithMessage(OfProjectId);

    public static IRuleBuilderOptions<T, CancellationId> IsCancellationId<T>(this IRuleBuilder<T, CancellationId> rule) => rule
        .Must(id => CancellationId.IsValid(id.Value)).WithMessage("'{PropertyName}' must be 32 lower-case hexadecimal digits.");

    public static IRuleBuilderOptions<T, string?> IsIdempotencyKey<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(key => key is null || IdempotencyKey.IsValid(key))
        .WithMessage($"'{{PropertyName}}' must be 1 to {IdempotencyKey.MaxLength} printable ASCII characters.");

    public static IRuleBuilderOptions<T, string> IsAction<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(action => IdempotencyKey.IsValid(action) && action.Length <= RunAgain.MaxActionLength)
        .WithMessage($"'{{PropertyName}}' must be 1 to {RunAgain.MaxActionLength} printable ASCII characters.");

    public static IRuleBuilderOptions<T, string> IsOperator<T>(this IRuleBuilder<T, string> rule) => rule.IsTextOf(100);

    public static IRuleBuilderOptions<T, string?> IsCallerIfAny<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => text is null || IsText(text, RecordedEvent.MaxByLength))
        .WithMessage($"'{{PropertyName}}' must be 1 to {RecordedEvent.MaxByLength} characters, not all blank, without control characters.");

    public static IRuleBuilderOptions<T, string> IsReason<T>(this IRuleBuilder<T, string> rule) => rule.IsTextOf(500);

    public static IRuleBuilderOptions<T, string> IsSubscription<T>(this IRuleBuilder<T, string> rule) => rule.IsTextOf(Subscription.MaxNameLength);

    private static IRuleBuilderOptions<T, string> IsTextOf<T>(this IRuleBuilder<T, string> rule, int most) => rule
        .Must(text => text is not null && IsText(text, most))
        .WithMessage($"'{{PropertyName}}' must be 1 to {most} characters, not all blank, without control characters.");

    /// <summary>Whether a text has so many characters at most, is not all blank, has no control characters, and can be kept.</summary>
    public static bool IsText(string text, int most) =>
        text.Length <= most && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl) && StoredText.IsKept(text);

    public static IRuleBuilderOptions<T, string> IsStoredText<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(StoredText.IsKept).WithMessage("'{PropertyName}' must not contain U+0000 or an unpaired surrogate.");
}
