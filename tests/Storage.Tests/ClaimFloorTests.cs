using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>From where on claims look, and when they look at everything.</summary>
public sealed class ClaimFloorTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new(Start);
    private readonly ClaimFloor floor;

    public ClaimFloorTests() => floor = new ClaimFloor(time);

    [Fact]
    public void The_first_claim_looks_at_everything_and_those_after_it_from_what_was_claimed()
    {
        var first = Look();
        floor.Committed(first, At(5));
        var second = floor.Begin();
        floor.Committed(second, At(7));

        second.IsLook.Should().BeFalse();
        second.After.Should().Be(At(5));
        floor.Begin().After.Should().Be(At(7));
    }

    [Fact]
    public void A_claim_that_is_not_known_to_have_committed_leaves_the_floor()
    {
        floor.Committed(Look(), At(5));
        floor.Begin();

        floor.Begin().After.Should().Be(At(5));
    }

    [Fact]
    public void Claims_of_several_writers_only_raise_it()
    {
        floor.Committed(Look(), At(5));
        ClaimScan one = floor.Begin(), other = floor.Begin();
        floor.Committed(other, At(9));
        floor.Committed(one, At(7));

        floor.Begin().After.Should().Be(At(9));
    }

    [Fact]
    public void Everything_is_looked_at_once_a_second_also_while_claims_find_enough()
    {
        floor.Committed(Look(), At(5));
        time.Advance(0.9 * Second);
        floor.Begin().IsLook.Should().BeFalse();
        time.Advance(0.1 * Second);

        floor.Begin().IsLook.Should().BeTrue();
        floor.Begin().IsLook.Should().BeFalse("one is enough");
    }

    [Fact]
    public void A_look_lowers_a_floor_that_a_late_commit_has_undercut_whatever_began_before_it()
    {
        floor.Committed(Look(), At(5));
        var before = floor.Begin();
        time.Advance(Second);
        var look = Look();
        var meanwhile = floor.Begin();
        floor.Committed(look, At(2));
        floor.Committed(before, At(8));
        floor.Committed(meanwhile, At(9));

        floor.Begin().After.Should().Be(At(2));
    }

    [Fact]
    public void A_scan_that_found_too_few_is_followed_by_a_look_and_a_look_by_none()
    {
        floor.Committed(Look(), At(5));
        var scan = floor.Begin();

        var look = floor.LookAfter(scan);

        look.Should().NotBeNull();
        look!.IsLook.Should().BeTrue();
        floor.LookAfter(look).Should().BeNull();
    }

    [Fact]
    public void A_look_that_took_long_is_not_repeated_for_ten_times_as_long()
    {
        floor.Committed(Look(took: 0.2 * Second), At(5));
        time.Advance(1.9 * Second);
        var scan = floor.Begin();
        scan.IsLook.Should().BeFalse();
        floor.LookAfter(scan).Should().BeNull();
        time.Advance(0.1 * Second);

        floor.LookAfter(scan).Should().NotBeNull();
    }

    [Fact]
    public void A_look_that_did_not_take_long_is_repeated_whenever_a_scan_found_too_few()
    {
        floor.Committed(Look(took: TimeSpan.FromMilliseconds(9)), At(5));

        floor.LookAfter(floor.Begin()).Should().NotBeNull();
    }

    [Fact]
    public void A_look_that_never_ends_is_made_by_another_claim_a_second_later()
    {
        floor.Begin();
        time.Advance(Second);

        floor.Begin().IsLook.Should().BeTrue();
    }

    [Theory]
    [InlineData(null, -60)]
    [InlineData(-300, -300)]
    [InlineData(-1, -60)]
    [InlineData(30, -60)]
    public void Expired_leases_are_looked_for_from_the_first_one_on_and_at_least_from_a_minute_ago(int? first, int from)
    {
        floor.Committed(Look(firstExpiry: first is { } seconds ? Start + (seconds * Second) : null), At(5));

        floor.Begin().Expiry.Should().Be(Start + (from * Second));
    }

    private ClaimScan Look(TimeSpan took = default, DateTimeOffset? firstExpiry = null)
    {
        var look = floor.Begin();
        look.IsLook.Should().BeTrue();
        time.Advance(took);
        floor.Looked(look, firstExpiry, Start);
        return look;
    }

    private static ClaimPosition At(int id) => new(Start + (id * Second), new TaskId(id));
}
