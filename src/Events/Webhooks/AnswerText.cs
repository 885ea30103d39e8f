using System.Globalization;
using System.Text;

namespace SnapshotTasks;

/// <summary>What of an answer goes into a reason: its beginning, on one line.</summary>
internal static class AnswerText
{
    /// <summary>The most bytes of an answer that are read.</summary>
    public const int MaxBytes = 4096;

    private const int MaxLength = 200;

    /// <summary>The beginning of an answer; empty when it has none or cannot be read.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="until">Ends the reading.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken until, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = new byte[MaxBytes];
            await using var stream = await answer.Content.ReadAsStreamAsync(until);
            return OneLine(Encoding.UTF8.GetString(bytes.AsSpan(0, await stream.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false, until))));
        }
        catch (Exception unreadable) when (unreadable is IOException or HttpRequestException
            || (unreadable is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return "";
        }
    }

    /// <summary>The beginning of a text, without what a terminal would obey or a store could not keep.</summary>
    public static string OneLine(string text, int most = MaxLength)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > most)
            {
                break;
            }

            line.Append(IsPrintable(rune) ? rune.ToString() : " ");
        }

        return line.ToString().Trim();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
