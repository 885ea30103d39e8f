using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace SnapshotTasks;

/// <summary>One line for each message, in which nothing that a caller has sent can begin another one, move the cursor or turn text around.</summary>
internal sealed class PlainConsole() : ConsoleFormatter(Name)
{
    public new const string Name = "plain";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter text)
    {
        var line = new StringBuilder();
        line.Append(TimeProvider.System.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)).Append(' ').Append(Word(entry.LogLevel))
            .Append(": ").Append(entry.Category).Append('[').Append(entry.EventId.Id).Append("] ");
        AppendPlain(line, entry.Formatter(entry.State, entry.Exception));
        if (entry.Exception is { } exception)
        {
            AppendPlain(line.Append(' '), exception.ToString());
        }

        text.Write(line.Append('\n').ToString());
    }

    /// <summary>Appends text, its line breaks as blanks, and what cannot be seen as its number.</summary>
    internal static void AppendPlain(StringBuilder line, string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value is '\r' or '\n' ? line.Append(' ')
                : IsSeen(rune) ? line.Append(rune.ToString())
                : line.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }
    }

    private static bool IsSeen(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        LogLevel.None => "none",
    };
}
