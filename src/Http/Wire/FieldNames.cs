using System.Collections.Frozen;
using FluentValidation.Results;

namespace SnapshotTasks;

/// <summary>How the members of commands and queries are called on the wire.</summary>
internal static class FieldNames
{
    private static readonly FrozenDictionary<string, string> OnTheWire = Names(CreateFields.All, "", "")
        .Concat(Names(QueryFields.All, "", "")).Concat(Names(CancellationFields.All, "", "")).Concat(Names(EventFields.All, "", "")).Concat(
    [
        new("Project", "project_id"),
        new("Filter.Project", "project_id"),
        new("Filter.State", QueryFields.Status),
        new("TaskId", QueryFields.TaskId),
        new("TaskIds", QueryFields.TaskId),
        new("IdempotencyKey", RequestReading.KeyHeader),
    ]).ToFrozenDictionary();

    /// <summary>The field's name, or the member's when it has none: a host may validate more than we do.</summary>
    public static string Of(string member) => OnTheWire.GetValueOrDefault(member.Split('[')[0], member);

    /// <summary>A validator's message with the member's name replaced by the field's.</summary>
    public static string Translate(ValidationFailure failure)
    {
        var field = Of(failure.PropertyName);
        return failure.FormattedMessagePlaceholderValues?.GetValueOrDefault("PropertyName") is { } shown
            ? failure.ErrorMessage.Replace($"'{shown}'", field, StringComparison.Ordinal)
            : $"{field}: {failure.ErrorMessage}";
    }

    private static IEnumerable<KeyValuePair<string, string>> Names(IReadOnlyList<WireField> fields, string memberPrefix, string namePrefix)
    {
        foreach (var field in fields.Where(field => field.Member is not null))
        {
            var (member, name) = ($"{memberPrefix}{field.Member}", $"{namePrefix}{field.Name}");
            yield return new(member, name);
            foreach (var inner in field is ObjectField of ? Names(of.Fields, $"{member}.", $"{name}.") : [])
            {
                yield return inner;
            }
        }
    }
}
