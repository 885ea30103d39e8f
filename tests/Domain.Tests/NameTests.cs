using CsCheck;

namespace SnapshotTasks.Tests;

public sealed class NameTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("100211")]
    [InlineData("9999999999999999")]
    public void A_task_id_is_a_decimal_number_of_1_to_16_digits(string text)
    {
        TaskId.TryParse(text, out var id).Should().BeTrue();
        id.ToString().Should().Be(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("0")]
    [InlineData("007")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("0x1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("１２")]
    [InlineData("10000000000000000")]
    [InlineData("99999999999999999999")]
    [InlineData("System.Collections.Generic.List`1[System.String]")]
    public void Anything_else_is_no_task_id(string? text) => TaskId.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void Every_valid_id_is_read_back_as_written() =>
        Gen.Long.Where(TaskId.IsValid).Sample(value => TaskId.TryParse(new TaskId(value).ToString(), out var id) && id.Value == value);

    [Theory]
    [InlineData("a.mp4", true)]
    [InlineData("folder/a b.mp4", true)]
    [InlineData("out/", true)]
    [InlineData("視頻/😀.mp4", true)]
    [InlineData("..a/b..", true)]
    [InlineData("", false)]
    [InlineData("/", false)]
    [InlineData("/a.mp4", true)]
    [InlineData("//etc/passwd", false)]
    [InlineData("..", false)]
    [InlineData("../a", false)]
    [InlineData("a/../b", false)]
    [InlineData("a/./b", false)]
    [InlineData("a//b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    public void A_path_stays_below_where_it_is_put(string path, bool valid) => MediaObject.IsPath(path).Should().Be(valid);

    [Fact]
    public void A_path_has_no_unpaired_surrogate()
    {
        MediaObject.IsPath("a\ud83d").Should().BeFalse();
        MediaObject.IsPath("\ude00a").Should().BeFalse();
    }

    [Fact]
    public void Text_is_kept_exactly_when_it_survives_utf_8_and_has_no_nul() =>
        Gen.String[Gen.Char, 0, 6].Sample(text =>
            StoredText.IsKept(text) == (!text.Contains('\0') && System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) == text));

    [Theory]
    [InlineData("p", true)]
    [InlineData("0123456789abcdef_-Z", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("{project_id}", false)]
    [InlineData("é", false)]
    public void A_project_id_is_letters_digits_hyphens_and_underscores(string id, bool valid) => ProjectId.IsValid(id).Should().Be(valid);

    [Fact]
    public void A_project_id_has_at_most_64_characters()
    {
        ProjectId.IsValid(new string('p', 64)).Should().BeTrue();
        ProjectId.IsValid(new string('p', 65)).Should().BeFalse();
    }

    [Theory]
    [InlineData("k", true)]
    [InlineData(" ", true)]
    [InlineData("order 4711/cover, \"large\" ~", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("a\tb", false)]
    [InlineData("a\u001fb", false)]
    [InlineData("a\u007f", false)]
    [InlineData("\u0080", false)]
    [InlineData("café", false)]
    [InlineData("a\0", false)]
    public void An_idempotency_key_is_printable_ASCII(string? text, bool valid) => IdempotencyKey.IsValid(text).Should().Be(valid);

    [Fact]
    public void An_idempotency_key_has_at_most_255_characters()
    {
        IdempotencyKey.IsValid(new string('k', 255)).Should().BeTrue();
        IdempotencyKey.IsValid(new string('k', 256)).Should().BeFalse();
    }
}
