using System.Collections.Frozen;
using FluentValidation.Results;

namespace SnapshotTasks;

/// <summary>How the members of commands and queries are called on the wire.</summary>
internal static class FieldNames
{
    private static readonly FrozenDictionary<string, string> OnTheWire = new Dictionary<string, string>
    {
        ["Project"] = "project_id",
        ["Filter.Project"] = "project_id",
        ["IdempotencyKey"] = RequestReading.KeyHeader,
        ["TaskId"] = "task_id",
        ["TaskIds"] = "task_id",
        ["Page"] = "page",
        ["Size"] = "size",
        ["Request.Input.Bucket"] = "input.bucket",
        ["Request.Input.Location"] = "input.location",
        ["Request.Input.Path"] = "input.object",
        ["Request.Input.FileName"] = "input.file_name",
        ["Request.Output.Bucket"] = "output.bucket",
        ["Request.Output.Location"] = "output.location",
        ["Request.Output.Path"] = "output.object",
        ["Request.Output.FileName"] = "output.file_name",
        ["Request.UserData"] = "user_data",
        ["Request.OutputFileName"] = "thumbnail_para.output_filename",
        ["Request.Sampling.Kind"] = "thumbnail_para.type",
        ["Request.Sampling.Interval"] = "thumbnail_para.time",
        ["Request.Sampling.Start"] = "thumbnail_para.start_time",
        ["Request.Sampling.Duration"] = "thumbnail_para.duration",
        ["Request.Sampling.Points"] = "thumbnail_para.dots",
        ["Request.Size.Width"] = "thumbnail_para.width",
        ["Request.Size.Height"] = "thumbnail_para.height",
        ["Request.Size.MaxLength"] = "thumbnail_para.max_length",
        ["Request.Black.Amount"] = "thumbnail_para.amount",
        ["Request.Black.Threshold"] = "thumbnail_para.threshold",
    }.ToFrozenDictionary();

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
}
