namespace SnapshotTasks.Tests;

public sealed class SamplingTests
{
    [Theory]
    [InlineData(11, 0, 0, 20, "0 11 last 19")]
    [InlineData(12, 0, 0, 20.04, "0 12 last 20")]
    [InlineData(5, 0, 0, 20, "0 5 10 15 last 19")]
    [InlineData(1, 0, 0, 3, "0 1 2")] // the last frame lies within second 2, which has its picture
    [InlineData(4, 3, 0, 12, "3 7 11")]
    [InlineData(5, 0, 10, 20, "0 5")] // from 0 up to, not including, 10; the last frame is not in it
    [InlineData(5, 5, 30, 20, "5 10 15 last 19")]
    [InlineData(100, 0, 0, 0.5, "0")]
    public void An_interval_is_sampled_from_its_start_up_to_its_end(int interval, int start, int duration, double length, string expected)
    {
        var plan = Sampling.Every(Seconds(interval), Seconds(start), Seconds(duration)).PlanFor(Seconds(length));
        Text(plan).Should().Be(expected);
        plan.Failure.Should().BeNull();
    }

    [Fact]
    public void Points_are_taken_once_each_and_in_order() =>
        Text(Sampling.At(Seconds(9), Seconds(2), Seconds(9)).PlanFor(Seconds(10))).Should().Be("2 9");

    [Fact]
    public void A_point_past_the_end_fails_naming_it() =>
        Sampling.At(Seconds(2), Seconds(10)).PlanFor(Seconds(10)).Failure.Should().Be(
            new Failure(FailureCode.InvalidInputData, "dots 10 s is past the end of the video, which lasts 10 s."));

    [Fact]
    public void A_start_past_the_end_fails_naming_it() =>
        Sampling.Every(Seconds(1), Seconds(11)).PlanFor(Seconds(10.5)).Failure!.Reason.Should().Contain("start_time 11 s").And.Contain("10.5 s");

    [Fact]
    public void More_pictures_than_a_task_takes_fail_naming_the_limit()
    {
        Sampling.Every(Seconds(1)).PlanFor(Seconds(Sampling.MaxPictures)).Count.Should().Be(Sampling.MaxPictures);
        Sampling.Every(Seconds(1)).PlanFor(Seconds(Sampling.MaxPictures + 1)).Failure!.Reason.Should().Contain("at most 10000");
    }

    [Theory]
    [InlineData(null, 1, "5.jpg")]
    [InlineData(null, 3, "5.jpg")]
    [InlineData("cover", 1, "cover.jpg")]
    [InlineData("cover.png", 1, "cover.png")]
    [InlineData("cover", 3, "cover_5.jpg")]
    public void A_picture_is_named_by_its_second_or_as_asked(string? name, int count, string expected) =>
        (Some.Request with { OutputFileName = name }).PictureName(5, count).Should().Be(expected);

    private static string Text(SamplingPlan plan) => string.Join(' ',
        plan.Times.Select(time => $"{time.TotalSeconds:0.###}").Append(plan.LastFrameSecond is { } last ? $"last {last}" : "")).TrimEnd();

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
