using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>Which lanes claims read and from where on, and when they look at all of them.</summary>
public sealed class LaneRingTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Lane A = new(TaskPriority.Normal, new ProjectId("a")), B = new(TaskPriority.Normal, new ProjectId("b"));

    private readonly FakeTimeProvider time = new(Start);
    private readonly LaneRing ring;

    public LaneRingTests() => ring = new LaneRing(time);

    [Fact]
    public void The_first_claim_looks_at_all_lanes_and_those_after_it_read_each_from_what_was_claimed()
    {
        Look((A, 5));
        var search = ring.Begin(1);
        search.IsLooking.Should().BeFalse();
        From(search, A).Should().Be(4);
        Claim(search, A, 5);

        From(ring.Begin(1), A).Should().Be(5);
    }

    [Fact]
    public void A_claim_that_is_not_known_to_have_committed_leaves_the_floor()
    {
        Look((A, 5));
        Find(ring.Begin(1), A, 5);

        From(ring.Begin(1), A).Should().Be(4);
    }

    [Fact]
    public void Claims_of_several_writers_only_raise_it_and_begin_with_the_lanes_after_those_of_the_others()
    {
        Look((A, 1), (B, 2));
        ClaimSearch one = ring.Begin(1), other = ring.Begin(1), third = ring.Begin(1);
        one.Next.Should().ContainSingle().Which.Lane.Should().Be(A);
        other.Next.Should().ContainSingle().Which.Lane.Should().Be(B);
        third.Next.Should().ContainSingle().Which.Lane.Should().Be(A);
        Claim(third, A, 9);
        Claim(one, A, 7);

        From(ring.Begin(2), A).Should().Be(9);
    }

    [Fact]
    public void What_enters_a_lane_while_it_is_read_is_not_passed_over()
    {
        Look((A, 5));
        var search = ring.Begin(1);
        Find(search, A, 8);
        Enter(A, 6);
        Claim(search, A, 8);

        From(ring.Begin(1), A).Should().Be(5);
    }

    [Fact]
    public void A_lane_that_has_nothing_left_leaves_the_ring_unless_something_has_entered_meanwhile()
    {
        Look((A, 1), (B, 2));
        var search = ring.Begin(4);
        Find(search, B, 2);
        Enter(A, 3);
        Commit(search, 2);

        ring.Begin(4).Next.Select(asked => asked.Lane).Should().Equal(A);
    }

    [Fact]
    public void A_look_is_due_once_a_second_also_while_claims_find_enough()
    {
        Look((A, 5));
        time.Advance(0.9 * Second);
        ring.Begin(1).IsLooking.Should().BeFalse();
        time.Advance(0.1 * Second);

        ring.Begin(1).IsLooking.Should().BeTrue();
        ring.Begin(1).IsLooking.Should().BeFalse("one is enough");
    }

    [Fact]
    public void A_look_lowers_a_floor_that_a_late_commit_has_undercut_whatever_began_before_it()
    {
        Look((A, 5));
        var before = ring.Begin(1);
        Find(before, A, 8);
        time.Advance(Second);
        Look((A, 2));
        Claim(before, A, 8);

        From(ring.Begin(1), A).Should().Be(1);
    }

    [Fact]
    public void A_look_brings_lanes_of_others_and_keeps_what_entered_while_it_lasted()
    {
        Look((A, 5));
        time.Advance(Second);
        var look = ring.Begin(1);
        Enter(B, 9);
        look.Heads.Add(new(TaskPriority.High, new ProjectId("c")), new TaskId(7));
        ring.Looked(look, Start);

        ring.Begin(4).Next.Select(asked => asked.Lane.Project.Value).Should().Equal("c", "b");
    }

    [Fact]
    public void A_search_that_found_too_few_asks_for_the_other_lanes_and_then_looks_and_after_a_look_for_none()
    {
        Look((A, 1), (B, 2));
        var search = ring.Begin(1);
        ring.GoOn(search, 1).Should().BeTrue();
        search.Next.Should().ContainSingle().Which.Lane.Should().Be(B);
        ring.GoOn(search, 1).Should().BeTrue();
        search.IsLooking.Should().BeTrue();
        ring.Looked(search, Start);

        ring.GoOn(search, 1).Should().BeFalse();
    }

    [Fact]
    public void A_search_that_finds_nothing_more_to_ask_leaves_the_turns_that_others_have_had()
    {
        Look((A, 1), (B, 2));
        ClaimSearch one = ring.Begin(2), other = ring.Begin(1);
        other.Next.Should().ContainSingle().Which.Lane.Should().Be(A);
        ring.GoOn(one, 2).Should().BeTrue();
        one.IsLooking.Should().BeTrue("it has asked both lanes");
        ring.Committed(one, new Changes());

        ring.Begin(1).Next.Should().ContainSingle().Which.Lane.Should().Be(B);
    }

    [Fact]
    public void A_look_that_took_long_is_not_repeated_for_ten_times_as_long()
    {
        Look(0.2 * Second);
        time.Advance(1.9 * Second);
        var search = ring.Begin(1);
        search.IsLooking.Should().BeFalse();
        ring.GoOn(search, 1).Should().BeFalse();
        time.Advance(0.1 * Second);

        ring.GoOn(search, 1).Should().BeTrue();
    }

    [Fact]
    public void A_look_that_did_not_take_long_is_repeated_whenever_too_few_are_found_and_when_another_process_has_queued_something()
    {
        Look(TimeSpan.FromMilliseconds(9));
        ring.GoOn(ring.Begin(1), 1).Should().BeTrue();

        Look(2 * Second);
        ring.Begin(1).IsLooking.Should().BeFalse();
        ring.LookNext();
        ring.Begin(1).IsLooking.Should().BeTrue("what it queued is not waited for until the rest after a long look is over");
        ring.LookNext();
        ring.Begin(1).IsLooking.Should().BeTrue("it may have come too late for the look that is under way");
    }

    [Fact]
    public void A_lane_that_another_process_has_queued_something_in_is_read_from_there_on()
    {
        Look((new(TaskPriority.Normal, new("a")), 10));
        ring.Entered([new(new(TaskPriority.Normal, new("a")), new TaskId(7)), new(new(TaskPriority.Normal, new("b")), new TaskId(12))]);

        ring.Begin(2).Next.Select(asked => (asked.Lane.Project.Value, asked.After.Value)).Should().Equal(("a", 6), ("b", 11));
    }

    [Fact]
    public void News_of_lanes_are_read_as_they_were_written_and_too_many_are_a_look()
    {
        KeyValuePair<Lane, TaskId> Entry(int number) => new(new((TaskPriority)(number % 3), new($"project-{number}")), new TaskId(number + 1));
        var few = Enumerable.Range(0, 100).Select(Entry).ToList();

        TaskId[] aborted = [new(7), new(9_999_999_999_999_999)];

        var (from, entered, aborts) = LaneNews.Read(LaneNews.Write("me", few, aborted));
        (from, entered).Should().BeEquivalentTo(("me", new Dictionary<Lane, TaskId>(few)));
        aborts.Should().Equal(aborted);
        LaneNews.Read(LaneNews.Write("me", [], [])).Entered.Should().BeEmpty();
        var many = LaneNews.Write("me", Enumerable.Range(0, 1000).Select(Entry), Enumerable.Range(1, 1000).Select(id => new TaskId(id)));
        System.Text.Encoding.UTF8.GetByteCount(many).Should().BeLessThan(8000);
        (LaneNews.Read(many).From, LaneNews.Read(many).Entered).Should().Be(("me", null));
        LaneNews.Read(many).Aborted.Should().HaveCountGreaterThan(100);
    }

    [Theory, InlineData("me\n"), InlineData("me\n1 a"), InlineData("me\n9 a 1"), InlineData("me\n1 a b 1"), InlineData("me\n1 a 0"), InlineData("me\nabort 0")]
    public void News_that_nobody_understands_are_a_look(string text) => LaneNews.Read(text).Entered.Should().BeNull();

    [Fact]
    public void A_look_that_never_ends_is_made_by_another_claim_a_second_later()
    {
        ring.Begin(1);
        time.Advance(Second);

        ring.Begin(1).IsLooking.Should().BeTrue();
    }

    [Theory]
    [InlineData(null, -60)]
    [InlineData(-300, -300)]
    [InlineData(-1, -60)]
    [InlineData(30, -60)]
    public void Expired_leases_are_looked_for_from_the_first_one_on_and_at_least_from_a_minute_ago(int? first, int from)
    {
        var look = ring.Begin(1);
        look.FirstExpiry = first is { } seconds ? Start + (seconds * Second) : null;
        ring.Looked(look, Start);

        ring.Begin(1).Expiry.Should().Be(Start + (from * Second));
    }

    private void Look(params (Lane Lane, int First)[] heads) => Look(default, heads);

    private void Look(TimeSpan took, params (Lane Lane, int First)[] heads)
    {
        var look = ring.Begin(1);
        if (!look.IsLooking)
        {
            ring.LookNext();
            look = ring.Begin(1);
        }

        time.Advance(took);
        foreach (var (lane, first) in heads)
        {
            look.Heads.Add(lane, new TaskId(first));
        }

        ring.Looked(look, Start);
    }

    private static long From(ClaimSearch search, Lane lane) => search.Next.Should().ContainSingle(asked => asked.Lane == lane).Subject.After.Value;

    private static void Find(ClaimSearch search, Lane lane, int id) => search.Found(Queued(lane, id));

    private void Claim(ClaimSearch search, Lane lane, int id)
    {
        if (!search.Asked.Any(asked => asked.Found.Contains(new TaskId(id))))
        {
            Find(search, lane, id);
        }

        Commit(search, id);
    }

    private void Commit(ClaimSearch search, int id)
    {
        var changes = new Changes();
        var lane = search.Asked.First(asked => asked.Found.Contains(new TaskId(id))).Lane;
        changes.Changed.Add(new(Queued(lane, id), 1));
        ring.Committed(search, changes);
    }

    private void Enter(Lane lane, int id)
    {
        var changes = new Changes();
        changes.Added.Add(new(Queued(lane, id), null));
        ring.Committed(null, changes);
    }

    private static SnapshotTask Queued(Lane lane, int id) =>
        new TaskRow { Id = new TaskId(id), Project = lane.Project, Priority = lane.Priority, State = TaskState.Queued, CreatedAt = Start, Version = 1 }.Restore();
}
