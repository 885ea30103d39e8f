using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace SnapshotTasks;

/// <summary>The bodies of the wire as JSON Schema; ranges come from where they are enforced.</summary>
internal static class WireSchemas
{
    public static OpenApiSchema ProjectId => Text("The project.", maxLength: SnapshotTasks.ProjectId.MaxLength, pattern: "^[A-Za-z0-9_-]{1,64}$", example: "demo");

    public static OpenApiSchema TaskId => Text("The id of a task.", maxLength: 16, pattern: "^[1-9][0-9]{0,15}$", example: "2081");

    public static OpenApiSchema IdempotencyKey => Text(
        "The caller's name for this create: sent again with the same request, it gives the same task.",
        maxLength: SnapshotTasks.IdempotencyKey.MaxLength, pattern: "^[ -~]{1,255}$", example: "order-4711-cover");

    public static OpenApiSchema Time => Text("A time in UTC, yyyymmddhhmmss.", maxLength: 14, pattern: "^[0-9]{14}$", example: "20261123214500");

    public static OpenApiSchema Status(params string[] words) =>
        new() { Type = JsonSchemaType.String, Description = "Where a task is in its life.", Enum = [.. words.Select(word => (JsonNode)word)] };

    public static OpenApiSchema Integer(string description, long minimum, long? maximum, long? preset = null) => new()
    {
        Type = JsonSchemaType.Integer,
        Description = description,
        Minimum = $"{minimum}",
        Maximum = maximum is null ? null : $"{maximum}",
        Default = preset is { } value ? JsonValue.Create(value) : null,
    };

    public static OpenApiSchema Text(string description, int? maxLength = null, string? pattern = null, string? example = null) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        MaxLength = maxLength,
        Pattern = pattern,
        Examples = example is null ? null : [example],
    };

    public static OpenApiSchema List(string description, IOpenApiSchema items, int? minItems = null, int? maxItems = null) =>
        new() { Type = JsonSchemaType.Array, Description = description, Items = items, MinItems = minItems, MaxItems = maxItems };

    public static OpenApiSchema Object(string description, string[] required, params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = new HashSet<string>(required),
        Properties = members.ToDictionary(member => member.Name, member => member.Schema),
        AdditionalPropertiesAllowed = false,
    };

    /// <summary>Every named body, by its name.</summary>
    public static IEnumerable<(string Name, OpenApiSchema Schema)> All(Func<string, IOpenApiSchema> reference)
    {
        yield return ("ObsObjInfo", Object("A place in a bucket.", ["bucket", "location", "object"],
            ("bucket", Text("The bucket.", MediaObject.MaxNameLength, example: "videos")),
            ("location", Text("The region, kept as given.", MediaObject.MaxNameLength, example: "local")),
            ("object", Text("A relative path in the bucket; a directory for output.", MediaObject.MaxPathLength, example: "sample.mp4")),
            ("file_name", Text("Kept as given, no effect.", MediaObject.MaxPathLength))));
        yield return ("ThumbnailPara", ThumbnailPara);
        yield return ("CreateThumbnailsReq", Object("A snapshot task.", ["input", "output", "thumbnail_para"],
            ("input", reference("ObsObjInfo")),
            ("output", reference("ObsObjInfo")),
            ("thumbnail_para", reference("ThumbnailPara")),
            ("user_data", Text("The caller's own text, given back in queries.", SnapshotRequest.MaxUserDataLength)),
            ("tar", Integer("0 packs the pictures into a tar, 1 does not.", 0, 1, 1)),
            ("sync", Integer("1 takes the picture now and answers with it.", 0, 1, 0)),
            ("original_dir", Integer("0 gives the pictures a directory of their own below the output, 1 uses it as given.", 0, 1, 0))));
        yield return ("CreateThumbnailsResp", Object("The task as it was accepted; the other members when sync is 1.", ["task_id"],
            ("task_id", TaskId),
            ("status", Status("PROCESSING", "SUCCEEDED", "FAILED")),
            ("create_time", Time),
            ("output", reference("ObsObjInfo")),
            ("output_file_name", Text("The name of the picture.")),
            ("thumbnail_time", Text("The time of the picture in the video.")),
            ("description", Text("How it ended."))));
        yield return ("PicInfo", Object("A picture.", ["pic_name"], ("pic_name", Text("The name of the file.", example: "5.jpg"))));
        yield return ("ThumbTask", Object("A task.", ["task_id", "status"],
            ("task_id", TaskId),
            ("status", Status([.. WireStatus.Words, "NO_TASK"])),
            ("create_time", Time),
            ("end_time", Time),
            ("input", reference("ObsObjInfo")),
            ("output", reference("ObsObjInfo")),
            ("output_file_name", Text("The name that was asked for.", SnapshotRequest.MaxOutputFileNameLength)),
            ("user_data", Text("The caller's own text.", SnapshotRequest.MaxUserDataLength)),
            ("description", Text("How it ended: for a failure its code and reason.")),
            ("thumbnail_info", List("The pictures.", reference("PicInfo")))));
        yield return ("ListThumbnailsResp", Object("Tasks.", ["task_array", "is_truncated", "total"],
            ("task_array", List("The tasks.", reference("ThumbTask"), maxItems: FindSnapshotTaskPage.MaxSize)),
            ("is_truncated", Integer("1 when there are more.", 0, 1)),
            ("total", Integer("How many match, exact up to the maximum.", 0, FindSnapshotTaskPage.MaxTotal))));
        yield return ("Error", Object("Why a request was refused.", ["error_code", "error_msg", "request_id"],
            ("error_code", Text("The kind of error.", pattern: @"^(MPC|APIGW)\.[0-9]+$", example: "MPC.10202")),
            ("error_msg", new OpenApiSchema { Type = JsonSchemaType.String, Description = "The reason, naming the field and the limit.", MinLength = 1 }),
            ("request_id", Text("The id of this request, as in X-Request-Id."))));
    }

    private static OpenApiSchema ThumbnailPara => Object("When and how pictures are taken; integers sent with decimals are truncated.", [],
        ("type", Status("TIME", "DOTS", "DOTS_MS")),
        ("time", Integer("TIME: the interval in seconds.", Sampling.MinInterval, Sampling.MaxInterval, 12)),
        ("start_time", Integer("TIME: the second of the first picture.", 0, int.MaxValue, 0)),
        ("duration", Integer("TIME: how many seconds are sampled; 0 is to the end.", 0, int.MaxValue, 0)),
        ("dots", List("DOTS: the seconds.", Integer("A second.", 0, int.MaxValue), 1, Sampling.MaxPoints)),
        ("dots_ms", List("DOTS_MS, sync only: the millisecond.", Integer("A millisecond.", 0, int.MaxValue), 1, 1)),
        ("output_filename", Text("The name of the picture, or what the names of several begin with.", SnapshotRequest.MaxOutputFileNameLength)),
        ("format", Integer("1 is JPG.", 1, 1, 1)),
        ("width", Integer($"{PictureSize.MinSide} to {PictureSize.MaxWidth} pixels, 0 is unset.", 0, PictureSize.MaxWidth, 0)),
        ("height", Integer($"{PictureSize.MinSide} to {PictureSize.MaxHeight} pixels, 0 is unset.", 0, PictureSize.MaxHeight, 0)),
        ("max_length", Integer($"The longest side, {PictureSize.MinMaxLength} to {PictureSize.MaxMaxLength} pixels, 0 is unset.", 0, PictureSize.MaxMaxLength, 0)),
        ("amount", Integer("A frame of which this percentage of pixels is dark is black, and skipped.", 0, BlackFrames.MaxAmount)),
        ("threshold", Integer("The luminance below which a pixel is dark.", 0, BlackFrames.MaxThreshold)));
}
