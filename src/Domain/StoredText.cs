namespace SnapshotTasks.Storage;

/// <summary>Which text every store keeps unaltered.</summary>
public static class StoredText
{
    /// <summary>Whether the text has neither U+0000, which no SQL text holds, nor an unpaired surrogate, which UTF-8 cannot write.</summary>
    public static bool IsKept(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the text is kept unaltered and has no control characters either.</summary>
    public static bool IsPlain(string? text) => IsKept(text) && !(text ?? "").Any(char.IsControl);
}
