namespace SnapshotTasks.Tests;

public sealed class PictureLookTests
{
    [Theory]
    [InlineData(0, 0, 0, "1280x720")]
    [InlineData(640, 480, 0, "640x480")] // exactly, whatever the video's proportions
    [InlineData(640, 480, 960, "640x480")] // both win over the longer side
    [InlineData(0, 0, 480, "480x270")]
    [InlineData(640, 0, 480, "480x270")] // one alone does not
    [InlineData(0, 480, 480, "480x270")]
    [InlineData(640, 0, 0, "640x360")]
    [InlineData(0, 360, 0, "640x360")]
    [InlineData(0, 0, 3840, "3840x2160")] // what is asked for is what is made, also when that enlarges
    [InlineData(500, 0, 0, "500x281")] // 281.25
    [InlineData(0, 97, 0, "172x97")] // 172.4
    public void A_size_is_what_is_asked_for_and_the_proportions_of_the_video_say_the_rest(int width, int height, int longer, string expected) =>
        Text(new PictureSize(width, height, longer).Of(1280, 720)).Should().Be(expected);

    [Theory]
    [InlineData(720, 1280, "270x480")]
    [InlineData(600, 600, "480x480")]
    [InlineData(64, 48, "480x360")]
    [InlineData(10_000, 1, "480x1")] // no side vanishes
    public void The_longer_side_is_the_longer_one_of_the_video(int width, int height, string expected) =>
        Text(new PictureSize(MaxLength: 480).Of(width, height)).Should().Be(expected);

    [Fact]
    public void The_other_side_does_not_overflow() =>
        Text(new PictureSize(Width: 3840).Of(1, int.MaxValue)).Should().Be($"3840x{int.MaxValue}");

    private static string Text((int Width, int Height) size) => $"{size.Width}x{size.Height}";
}
