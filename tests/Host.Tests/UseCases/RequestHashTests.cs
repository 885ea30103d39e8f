namespace SnapshotTasks.Tests;

/// <summary>The hash that is kept with a key: yesterday's retry is the same request today, and another request never is.</summary>
public sealed class RequestHashTests
{
    private static readonly SnapshotRequest Plain = new(
        new("videos", "region", "a.mp4"), new("pictures", "region", "out"), Sampling.Every(TimeSpan.FromSeconds(12)));

    private static readonly SnapshotRequest Full = new(
        new("videos", "region", "é/😀 <&'+>\"\\.mp4", "name"),
        new("pictures", "region", "out/", "other"),
        Sampling.Every(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7), TimeSpan.FromDays(2)))
    {
        UserData = "line\n\t\u007f\u2028 end",
        OutputFileName = "cover.jpg",
        Size = new(640, 0, 960),
        Black = new(98, 32),
        Archive = true,
    };

    private static readonly SnapshotRequest Points = Plain with { Sampling = Sampling.At(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(4300)) };

    /// <summary>What version 0.1 kept for each, computed by version 0.1, and what is kept now, computed elsewhere: neither may ever change.</summary>
    internal static readonly (AskedFor Asked, string Of01, string OfToday)[] Kept =
    [
        (new(Plain, OwnDirectory: false, Now: false), "a03389e13ac18c17580b7f40a3d483b01a76b6dfa0d550dc086cc2aee06c1130", "1:deca554b0b311a546c3692d4517f4c0017ac6763f9d31f6f7d57afdf35f4f1bc"),
        (new(Plain, OwnDirectory: true, Now: false), "0533d052a26c1d459fe062004b3c1f63be52e7ea3aa0f8f2aa29aa00f0138250", "1:3ab2dfb789e55e72621898822d891684d2fb93a30108a232ea0442766260354a"),
        (new(Points, OwnDirectory: false, Now: true), "d7b44d91a2d4e462b3bfc65283f4aee5b5e6e6c6058aaf6227bab6cdb518cc9a", "1:f80ed425fc21b40da12d0eb0885f273f5d40dbfc3b2c98a9b52ce2dde62b5e52"),
        (new(Full, OwnDirectory: true, Now: false), "8e36d9a36b4ffae53300bb50eccd74b0e6fcc693302f3e0b1edbf112bc2c3aea", "1:2e71dcf9df5956e3ce246b37dd6ed5e835fcd421a1844de3c386bd2871ec0491"),
    ];

    [Fact]
    public void The_hashes_that_are_kept_are_known_again()
    {
        foreach (var (asked, of01, ofToday) in Kept)
        {
            RequestHashOfVersion01.Of(asked).Should().Be(of01);
            RequestHash.Of(asked).Should().Be(ofToday);
        }
    }

    [Fact]
    public void A_retry_of_what_was_submitted_to_version_01_is_the_same_request_and_another_one_is_not()
    {
        foreach (var (asked, of01, ofToday) in Kept)
        {
            var key = Submissions.Create(new("project"), asked, "key").Key!;

            Kept.Where(other => key.IsOf(other.Of01)).Select(other => other.Of01).Should().Equal(of01);
            Kept.Where(other => key.IsOf(other.OfToday)).Select(other => other.OfToday).Should().Equal(ofToday);
        }
    }

    [Fact]
    public void What_was_not_asked_for_has_no_line_so_that_what_a_later_version_adds_changes_no_hash() =>
        RequestHash.TextOf(new(Plain, OwnDirectory: false, Now: false)).Should().Be("""
            input.bucket 6 videos
            input.location 6 region
            input.path 5 a.mp4
            output.bucket 8 pictures
            output.location 6 region
            output.path 3 out
            sampling.kind 8 Interval
            sampling.interval 9 120000000

            """);

    [Fact]
    public void Everything_that_can_be_asked_for_has_a_line_of_its_own()
    {
        SnapshotRequest[] others =
        [
            Plain with { Input = Plain.Input with { Bucket = "x" } }, Plain with { Input = Plain.Input with { Location = "x" } },
            Plain with { Input = Plain.Input with { Path = "x" } }, Plain with { Input = Plain.Input with { FileName = "x" } },
            Plain with { Output = Plain.Output with { Bucket = "x" } }, Plain with { Output = Plain.Output with { Location = "x" } },
            Plain with { Output = Plain.Output with { Path = "x" } }, Plain with { Output = Plain.Output with { FileName = "x" } },
            Plain with { Sampling = Sampling.Every(TimeSpan.FromSeconds(13)) },
            Plain with { Sampling = Sampling.Every(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(1)) },
            Plain with { Sampling = Sampling.Every(TimeSpan.FromSeconds(12), default, TimeSpan.FromSeconds(1)) },
            Points, Plain with { Sampling = Sampling.At(TimeSpan.FromSeconds(14300)) }, Plain with { Sampling = Sampling.At(TimeSpan.Zero) },
            Plain with { UserData = "" }, Plain with { UserData = "x" }, Plain with { OutputFileName = "x" },
            Plain with { UserData = "x\narchive 3 yes" }, Plain with { UserData = "x", Archive = true },
            Plain with { Size = new(100) }, Plain with { Size = new(0, 100) }, Plain with { Size = new(0, 0, 300) },
            Plain with { Black = new(1, 12) }, Plain with { Black = new(11, 2) }, Plain with { Archive = true },
        ];
        var all = others.Append(Plain).SelectMany(request => new AskedFor[] { new(request, false, false), new(request, true, false), new(request, false, true) });

        all.Select(RequestHash.Of).Should().OnlyHaveUniqueItems();
        all.Select(RequestHashOfVersion01.Of).Should().OnlyHaveUniqueItems();
    }
}
