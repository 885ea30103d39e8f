using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks.Tests;

/// <summary>The steps of a capture, without ffmpeg.</summary>
public sealed class CaptureStepsTests
{
    private static readonly Video Film = new()
    {
        Input = new MediaInput(new SafeFileHandle(), "a.mkv"),
        Container = Container.Named("matroska,webm"),
        Track = 0,
        Codec = "h264",
        Stored = (1280, 720),
        Shown = (1280, 720),
        Colours = new("yuv420p", null, null, null, null),
        First = 0,
        Origin = 0,
    };

    [Fact]
    public void A_wanted_time_is_shown_by_the_last_frame_that_began_and_several_may_share_one()
    {
        var take = Take.At(null, [50, 60, 99, 100, 250]);
        var stamps = Stamps.Read(Printed(0, 100, 200, 300), take);

        stamps.Outputs.Should().Equal([0, 100, 200], "each frame is one picture");
        Enumerable.Range(0, 5).Select(stamps.OutputOf).Should().Equal(0, 0, 0, 1, 2);
        stamps.IsAtEnd.Should().BeFalse();
    }

    [Fact]
    public void What_begins_after_a_wanted_time_does_not_show_it()
    {
        var stamps = Stamps.Read(Printed(100, 200), Take.At(0, [50, 150]));

        stamps.OutputOf(0).Should().BeNull();
        stamps.OutputOf(1).Should().Be(0);
    }

    [Fact]
    public void The_last_frame_is_held_to_the_end()
    {
        var stamps = Stamps.Read(Printed(0, 100), new Take(null, [40, 5000], null));

        stamps.IsAtEnd.Should().BeTrue();
        stamps.Outputs.Should().Equal(0, 100);
        stamps.OutputOf(1).Should().Be(1);
    }

    [Fact]
    public void Seeking_is_chosen_where_it_decodes_less_than_reading_through()
    {
        var short_ = Looked(Enumerable.Range(0, 120).Select(second => second * 2_000_000L));
        var long_ = Looked([0, 230_000_000]);
        IReadOnlyList<long> every12 = [.. Enumerable.Range(0, 20).Select(number => number * 12_000_000L)];

        Takes.Plan(Film, short_, every12, last: false).Should().HaveCount(20).And.OnlyContain(take => take.Seek == null || take.Seek == take.Wanted[0]);
        Takes.Plan(Film, long_, every12, last: false).Should().ContainSingle().Which.Seek.Should().BeNull();
    }

    [Fact]
    public void The_last_picture_is_read_to_the_end_from_the_last_key_frame()
    {
        var takes = Takes.Plan(Film, Looked([0, 100_000_000, 239_000_000]), [0], last: true);

        takes.Should().HaveCount(2);
        (takes[1].Seek, takes[1].Wanted.Count, takes[1].Until).Should().Be((239_000_000, 0, null));
    }

    [Fact]
    public void Interlaced_video_is_read_from_a_key_frame_earlier_because_its_first_picture_has_no_frame_before()
    {
        var look = Looked([0, 2_000_000, 4_000_000]);
        Takes.SeekTo(Film, look, 4_500_000).Should().Be(4_000_000);
        Takes.SeekTo(Film with { IsInterlaced = true }, look, 4_500_000).Should().Be(2_000_000);
    }

    [Fact]
    public void Further_back_ends_at_the_start()
    {
        var look = Looked([0, 20_000_000, 90_000_000]);
        Takes.FurtherBack(Film, look, 90_000_000).Should().Equal(80_000_000, 30_000_000, 20_000_000, null);
    }

    [Fact]
    public void A_table_of_stamps_is_one_only_when_nothing_is_missing_and_the_clock_goes_forward()
    {
        Looked("1.0,0.9,0.04,K_", "1.08,0.94,0.04,__", "1.04,0.98,0.04,__").Stamps.Should().Equal(1_000_000, 1_040_000, 1_080_000);
        Looked("1.0,0.9,0.04,K_", "N/A,0.94,0.04,__").Stamps.Should().BeNull();
        var joined = Looked("1.0,0.9,0.04,K_", "0.2,0.1,0.04,K_");
        (joined.Stamps, joined.IsJoined).Should().Be((null, true));
    }

    [Fact]
    public void Pictures_without_a_stamp_are_spread_between_those_that_have_one() =>
        Looked("1.0,N/A,0.04,K_", "N/A,N/A,0.04,__", "N/A,N/A,0.04,__", "4.0,N/A,0.04,__", "N/A,N/A,0.04,__").Spread
            .Should().Equal(1_000_000, 2_000_000, 3_000_000, 4_000_000, 4_040_000);

    [Theory]
    [InlineData(360, 288, 64, 45, false, 512, 288)]
    [InlineData(720, 576, 8, 9, false, 720, 648)]
    [InlineData(360, 288, 64, 45, true, 288, 512)]
    [InlineData(640, 480, 1, 1, false, 640, 480)]
    public void Pixels_are_made_square_by_enlarging_one_side(int width, int height, int x, int y, bool turned, int shownWidth, int shownHeight) =>
        PictureShape.Shown((width, height), (x, y), turned).Should().Be((shownWidth, shownHeight));

    [Theory]
    [InlineData("mov atom", false)]
    [InlineData("lavfi.idet.multiple.tff=5.00\nlavfi.idet.multiple.bff=0.00\nlavfi.idet.multiple.progressive=35.00\n", true)]
    [InlineData("lavfi.idet.multiple.tff=35.00\nlavfi.idet.multiple.bff=0.00\nlavfi.idet.multiple.progressive=3.00\n", false)]
    public void Lines_are_whole_only_when_more_frames_look_so(string output, bool progressive) =>
        LineJudgement.SaysProgressive(output).Should().Be(progressive);

    private static IEnumerable<string> Printed(params long[] stamps) =>
        stamps.Index().SelectMany(frame => new[] { $"frame:{frame.Index}    pts:{frame.Item}   pts_time:0", "n=0" });

    private static Look Looked(IEnumerable<long> keys) => Looked([.. keys.Select(key => $"{Clock.Seconds(key)},{Clock.Seconds(key)},1,K_")]);

    private static Look Looked(params string[] packets)
    {
        var look = new Look(40_000, whole: true);
        packets.ToList().ForEach(look.Add);
        look.Complete();
        return look;
    }
}
