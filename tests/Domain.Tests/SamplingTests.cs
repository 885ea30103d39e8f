namespace SnapshotTasks.Tests;

public sealed class SamplingTests
{
    [Theory]
    [InlineData(11, 0, 0, 20, "0 11 last 20")]
    [InlineData(12, 0, 0, 20.04, "0 12 last 20")]
    [InlineData(5, 0, 0, 20, "0 5 10 15 last 20")]
    [InlineData(1, 0, 0, 3, "0 1 2")] // the last frame lies within second 2, which has its picture
    [InlineData(4, 3, 0, 12, "3 7 11")]
    [InlineData(5, 0, 10, 20, "0 5")] // from 0 up to, not including, 10; the last frame is not in it
    [InlineData(5, 5, 30, 20, "5 10 15 last 20")]
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
            new Failure(FailureCode.InvalidInputData, "The point 10 s is past the end of the video, which lasts 10 s."));

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
    [InlineData(null, "5", "5.jpg")]
    [InlineData(null, "5 6 7", "5.jpg 6.jpg 7.jpg")]
    [InlineData("cover", "5", "cover.jpg")]
    [InlineData("cover.jpeg", "5", "cover.jpeg")]
    [InlineData("cover.JPG", "5", "cover.JPG")]
    [InlineData("cover.", "5", "cover..jpg")]
    [InlineData("cover.png", "5", "cover.png.jpg")]
    [InlineData("cover.tar", "5", "cover.tar.jpg")]
    [InlineData("movie.mp4", "5", "movie.mp4.jpg")]
    [InlineData("cover", "5 6 7", "cover_5.jpg cover_6.jpg cover_7.jpg")]
    [InlineData("cover.png", "5 6", "cover.png_5.jpg cover.png_6.jpg")]
    public void A_picture_is_named_by_its_second_or_as_asked(string? name, string points, string expected)
    {
        var sampling = Sampling.At([.. points.Split(' ').Select(point => Seconds(double.Parse(point, null)))]);
        Names(Some.Request with { OutputFileName = name, Sampling = sampling }, 10).Should().Be(expected);
    }

    [Fact]
    public void A_point_between_two_seconds_is_named_by_its_milliseconds_as_well() =>
        Names(Some.Request with { Sampling = Sampling.At(Seconds(4.3), Seconds(4.999), Seconds(5)) }, 10).Should().Be("4_300.jpg 4_999.jpg 5.jpg");

    [Fact]
    public void The_last_frame_is_named_by_the_length_after_the_regular_pictures() =>
        Names(Some.Request with { Sampling = Sampling.Every(Seconds(11)) }, 20).Should().Be("0.jpg 11.jpg 20.jpg");

    [Theory]
    [InlineData(null, "7.tar")]
    [InlineData("", "7.tar")]
    [InlineData("album", "album.tar")]
    [InlineData("album.tar", "album.tar")]
    [InlineData("album.tgz", "album.tgz.tar")]
    [InlineData("album.jpg", "album.jpg.tar")]
    [InlineData("album.TAR", "album.TAR")]
    public void An_archive_takes_the_name_asked_for_and_its_pictures_that_of_their_second(string? name, string expected)
    {
        var request = Some.Request with { OutputFileName = name, Archive = true };
        request.ArchiveName(new TaskId(7)).Should().Be(expected);
        Names(request with { Sampling = Sampling.At(Seconds(5), Seconds(6)) }, 10).Should().Be("5.jpg 6.jpg");
        Names(request with { Sampling = Sampling.At(Seconds(5)) }, 10).Should().Be("5.jpg");
    }

    private static string Names(SnapshotRequest request, double length) =>
        string.Join(' ', request.PictureNames(request.Sampling.PlanFor(Seconds(length))));

    private static string Text(SamplingPlan plan) => string.Join(' ',
        plan.Times.Select(time => $"{time.TotalSeconds:0.###}").Append(plan.LastFrameSecond is { } last ? $"last {last}" : "")).TrimEnd();

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
