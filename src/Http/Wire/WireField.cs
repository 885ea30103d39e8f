using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.OpenApi;

namespace SnapshotTasks;

/// <summary>One field of a request: its reading, its schema, its name in errors and its row in the docs are read back from here.</summary>
/// <param name="name">The name on the wire, without that of the object it is in.</param>
/// <param name="sentence">What it is, in one sentence.</param>
internal abstract class WireField(string name, string sentence)
{
    public string Name { get; } = name;

    public string Sentence { get; } = sentence;

    /// <summary>The property of the command that it becomes, below that of the object it is in; none when only the wire knows it.</summary>
    public string? Member { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>What kind of value it must be.</summary>
    public abstract string Kind { get; }

    /// <summary>Which values it may have, for the docs.</summary>
    public abstract string Range { get; }

    /// <summary>Its schema; none when it is no part of the interface any more.</summary>
    /// <param name="reference">Refers to a schema by its name.</param>
    public abstract IOpenApiSchema? Schema(Func<string, IOpenApiSchema> reference);

    /// <summary>Reads the value that the reader has come to; none when it counts as not sent.</summary>
    /// <exception cref="WireException">It is of another kind.</exception>
    public abstract object? Read(ref Utf8JsonReader json, string path);

    /// <summary>The refusal of a value that is of another kind, or given again.</summary>
    public WireException Mistaken(string path) => WireException.Invalid($"{path} must be {Kind}, given once.");

    protected static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>A field and the type of its value.</summary>
internal abstract class WireField<T>(string name, string sentence) : WireField(name, sentence)
{
    /// <summary>The value of a field that was not sent.</summary>
    public virtual T Default => default!;
}

/// <summary>An integer; sent with decimals it is cut off, before its range is checked. As text it is refused.</summary>
internal abstract class IntegerField<T>(string name, string sentence, int min, int max) : WireField<T>(name, sentence)
{
    public static readonly string AnInteger = $"an integer between {int.MinValue} and {int.MaxValue}";

    public int Min { get; } = min;

    public int Max { get; } = max;

    /// <summary>A word that old clients send for 0.</summary>
    public string? WordForZero { get; init; }

    public override string Kind => AnInteger;

    public override string Range =>
        (Max == Min ? $"{Min}" : Max == Min + 1 ? $"{Min} or {Max}" : Max == int.MaxValue ? $"from {Min}" : $"{Min} to {Text(Max)}")
        + (Default is null ? "" : $", default {Default}");

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) => WireSchemas.Integer(Sentence, Min, Max, Default as int?);

    public override object Read(ref Utf8JsonReader json, string path) =>
        WordForZero is not null && json.TokenType == JsonTokenType.String && TextField.ReadText(ref json, this, path) == WordForZero ? 0 : ReadInteger(ref json, this, path);

    /// <summary>Reads one number of a field.</summary>
    public static int ReadInteger(ref Utf8JsonReader json, WireField field, string path)
    {
        // A double holds every 32-bit integer exactly, and is infinite beyond its own range.
        var truncated = json.TokenType == JsonTokenType.Number ? Math.Truncate(json.GetDouble()) : throw field.Mistaken(path);
        return truncated is >= int.MinValue and <= int.MaxValue ? (int)truncated : throw field.Mistaken(path);
    }
}

/// <summary>An integer with a default.</summary>
internal sealed class NumberField(string name, string sentence, int min, int max, int preset) : IntegerField<int>(name, sentence, min, max)
{
    public override int Default => preset;
}

/// <summary>An integer that may be left out.</summary>
internal sealed class OptionalNumberField(string name, string sentence, int min, int max) : IntegerField<int?>(name, sentence, min, max);

/// <summary>A list of integers.</summary>
internal sealed class NumbersField(string name, string sentence, string item, int most) : WireField<IReadOnlyList<int>>(name, sentence)
{
    public override IReadOnlyList<int> Default => [];

    public override string Kind => $"a list of integers between {int.MinValue} and {int.MaxValue}";

    public override string Range => most == 1 ? "1 integer from 0" : $"1 to {most} integers from 0";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) =>
        WireSchemas.List(Sentence, WireSchemas.Integer(item, 0, int.MaxValue), 1, most);

    public override object Read(ref Utf8JsonReader json, string path)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw Mistaken(path);
        }

        List<int> numbers = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            numbers.Add(NumberField.ReadInteger(ref json, this, path));
        }

        return numbers;
    }
}

/// <summary>Text; sent as a number, as some clients do, it is kept as written.</summary>
internal sealed class TextField(string name, string sentence, int? maxLength = null, string? example = null) : WireField<string?>(name, sentence)
{
    public int? MaxLength { get; } = maxLength;

    /// <summary>The words it may be, the first is the default; none when it may be any.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The regular expression that it matches, for the schema.</summary>
    public string? Pattern { get; init; }

    public override string Kind => "a string";

    public override string Range => Words.Count > 0 ? $"{string.Join(", ", Words)}; default {Words[0]}"
        : IsRequired ? $"required, 1 to {Text(MaxLength!.Value)} characters"
        : $"at most {Text(MaxLength!.Value)} characters";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) =>
        Words.Count > 0 ? WireSchemas.Words(Sentence, [.. Words]) : WireSchemas.Text(Sentence, MaxLength, Pattern, example);

    public override object Read(ref Utf8JsonReader json, string path) => ReadText(ref json, this, path);

    /// <summary>Reads the text of a field.</summary>
    public static string ReadText(ref Utf8JsonReader json, WireField field, string path)
    {
        try
        {
            return json.TokenType switch
            {
                JsonTokenType.String => json.GetString()!,
                JsonTokenType.Number => Encoding.UTF8.GetString(json.ValueSpan),
                _ => throw field.Mistaken(path),
            };
        }
        catch (InvalidOperationException)
        {
            // What cannot be transcoded, such as an unpaired surrogate, is not the wrong kind of value but no text at all.
            throw WireException.Invalid($"{path} must be valid Unicode text.");
        }
    }
}

/// <summary>True or false; false when it was not sent.</summary>
internal sealed class BooleanField(string name, string sentence) : WireField<bool>(name, sentence)
{
    public override string Kind => "true or false";

    public override string Range => "true or false, default false";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) => WireSchemas.Boolean(Sentence);

    public override object Read(ref Utf8JsonReader json, string path) => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Mistaken(path),
    };
}

/// <summary>A time in UTC.</summary>
internal sealed class TimeField(string name, string sentence) : WireField<DateTimeOffset?>(name, sentence)
{
    public override string Kind => "a string";

    public override string Range => "`yyyymmddhhmmss` UTC";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) => WireSchemas.TimeOf(Sentence);

    public override object? Read(ref Utf8JsonReader json, string path) => QueryText.Time(TextField.ReadText(ref json, this, path), path);
}

/// <summary>A list of ids of tasks, each as text or as a number.</summary>
/// <remarks>How many there are is checked while they are read: nobody has us read more than we take.</remarks>
internal sealed class IdsField(string name, string sentence, int most) : WireField<IReadOnlyList<TaskId>?>(name, sentence)
{
    public override string Kind => $"a list of 1 to {most} ids";

    public override string Range => $"1 to {Text(most)} ids";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) => WireSchemas.List(Sentence, WireSchemas.TaskId, 1, most);

    public override object Read(ref Utf8JsonReader json, string path)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw Mistaken(path);
        }

        List<TaskId> ids = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (ids.Count == most)
            {
                throw Mistaken(path);
            }

            var item = $"{path}[{ids.Count}]";
            ids.Add(json.TokenType is JsonTokenType.String or JsonTokenType.Number
                ? QueryText.TaskId(TextField.ReadText(ref json, this, item), item)
                : throw Mistaken(path));
        }

        return ids.Count > 0 ? ids : throw Mistaken(path);
    }
}

/// <summary>An object with fields of its own.</summary>
/// <param name="name">The name on the wire.</param>
/// <param name="sentence">What it is.</param>
/// <param name="schema">The name of its schema, which it may share.</param>
/// <param name="fields">Its fields.</param>
internal sealed class ObjectField(string name, string sentence, string schema, IReadOnlyList<WireField> fields) : WireField<WireValues>(name, sentence)
{
    public IReadOnlyList<WireField> Fields { get; } = fields;

    public override string Kind => "an object";

    public override string Range => IsRequired ? "required" : "an object";

    public override IOpenApiSchema Schema(Func<string, IOpenApiSchema> reference) => reference(schema);

    public override object Read(ref Utf8JsonReader json, string path) =>
        json.TokenType == JsonTokenType.StartObject ? WireValues.Read(ref json, $"{path}.", Fields) : throw Mistaken(path);
}

/// <summary>A field of earlier versions of the interface, which old clients still send; it is no part of the schema.</summary>
/// <param name="name">The name on the wire.</param>
/// <param name="instead">What to use in its place.</param>
internal sealed class RetiredField(string name, string instead) : WireField<object?>(name, $"It is no longer supported: use {instead}.")
{
    /// <summary>Whether 0 stands for nothing, as some clients send it with every request.</summary>
    public bool ZeroIsUnset { get; init; }

    public override string Kind => "absent";

    public override string Range => "";

    public override IOpenApiSchema? Schema(Func<string, IOpenApiSchema> reference) => null;

    public override object? Read(ref Utf8JsonReader json, string path)
    {
        if (ZeroIsUnset && json.TokenType == JsonTokenType.Number && json.GetDouble() == 0)
        {
            return null;
        }

        json.Skip();
        return this;
    }
}
