namespace SnapshotTasks.Tests;

public sealed class TaskJsonTests
{
    // Literally what 0.1.0 had written before requests had a size, a test for black frames and an archive.
    private const string Interval = """
        {"input":{"bucket":"in","location":"here","path":"a.mp4"},"output":{"bucket":"out","location":"here","path":"b","file_name":"c"},"sampling":{"kind":"Interval","interval":"00:00:12","start":"00:00:00","duration":"00:00:00","points":[]},"user_data":"u","output_file_name":"o"}
        """;

    private const string Points = """
        {"input":{"bucket":"in","location":"here","path":"a.mp4"},"output":{"bucket":"out","location":"here","path":"b"},"sampling":{"kind":"Points","interval":"00:00:00","start":"00:00:00","duration":"00:00:00","points":["00:00:01","00:00:05"]}}
        """;

    private static readonly MediaObject Input = new("in", "here", "a.mp4");

    [Fact]
    public void A_request_that_was_written_before_it_could_ask_for_more_is_read_as_asking_for_no_more()
    {
        TaskJson.ReadRequest(Interval).Should().BeEquivalentTo(
            new SnapshotRequest(Input, new("out", "here", "b", "c"), Sampling.Every(TimeSpan.FromSeconds(12))) { UserData = "u", OutputFileName = "o" });

        var request = TaskJson.ReadRequest(Points);
        request.Should().BeEquivalentTo(
            new SnapshotRequest(Input, new("out", "here", "b"), Sampling.At(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5))));
        (request.Size, request.Black, request.Archive).Should().Be((null, null, false));
    }

    [Fact]
    public void The_names_of_what_a_request_may_ask_for_are_part_of_the_schema()
    {
        var request = TaskJson.ReadRequest(Points) with { Size = new(640, 480, 960), Black = new(98, 32), Archive = true, DrawnDirectory = "d", Again = new(new TaskId(7), "a") };

        TaskJson.Write(request).Should().Be(
            $$$"""{{{Points[..^1]}}},"size":{"width":640,"height":480,"max_length":960},"black":{"amount":98,"threshold":32},"archive":true,"drawn_directory":"d","again":{"of":7,"action":"a"}}""");
        TaskJson.ReadRequest(TaskJson.Write(request)).Should().BeEquivalentTo(request);
    }
}
