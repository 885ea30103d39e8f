using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks.Tests;

public sealed class PlainConsoleTests
{
    [Theory]
    [InlineData("plain é 😀 日本", "plain é 😀 日本")]
    [InlineData("a\r\nb\nc", "a  b c")]
    [InlineData("a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d")]
    [InlineData("\u202egpj.exe\u2066\u200b\ufeff", "\\u202egpj.exe\\u2066\\u200b\\ufeff")]
    [InlineData("\u001b[31mred\0\t", "\\u001b[31mred\\u0000\\u0009")]
    public void A_message_is_one_line_in_which_nothing_hides(string message, string written)
    {
        var line = new StringBuilder();

        PlainConsole.AppendPlain(line, message);

        line.ToString().Should().Be(written);
    }

    [Fact]
    public void An_exception_is_on_the_same_line()
    {
        var text = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Some.Category", new EventId(7), "message", new InvalidOperationException("first\nsecond"), (state, _) => state);

        new PlainConsole().Write(entry, null, text);

        text.ToString().Should().MatchRegex("^[0-9:]{8} warn: Some.Category\\[7\\] message System.InvalidOperationException: first second\n$");
    }
}
