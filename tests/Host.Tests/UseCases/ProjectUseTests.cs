using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>How often what a project uses is measured.</summary>
public sealed class ProjectUseTests
{
    private static readonly ProjectId Project = new("project");
    private static readonly ProjectMeasure One = new(1, 10);

    private readonly FakeTimeProvider time = new();
    private TimeSpan takes;
    private int measures;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 10)]
    [InlineData(5, 50)]
    public async Task A_project_is_measured_once_a_second_at_most_and_a_tenth_of_the_time(int seconds, int rest)
    {
        takes = TimeSpan.FromSeconds(seconds);
        var uses = Uses();
        await SumAsync(uses);

        time.Advance(TimeSpan.FromSeconds(rest) - takes - TimeSpan.FromMilliseconds(1));
        await SumAsync(uses);
        measures.Should().Be(1);

        time.Advance(TimeSpan.FromMilliseconds(1));
        await SumAsync(uses);
        measures.Should().Be(2);
    }

    [Fact]
    public async Task What_was_taken_since_counts_until_it_is_given_back_and_what_is_refused_does_not()
    {
        var use = Uses().Of(Project);
        await use.TakeAsync(One, _ => null, default);
        await use.TakeAsync(One, _ => new ReachedLimit(ProjectLimit.MaxStoredTasks, 1), default);
        (await SumAsync(use)).Should().Be(new ProjectMeasure(102, 1020));

        use.GiveBack(One);

        (await SumAsync(use)).Should().Be(new ProjectMeasure(101, 1010));
    }

    private ProjectUse Uses() => new(time, _ =>
    {
        measures++;
        time.Advance(takes);
        return Task.FromResult(new ProjectMeasure(100, 1000));
    });

    private static Task<ProjectMeasure> SumAsync(ProjectUse uses) => SumAsync(uses.Of(Project));

    // One more would make it this; it is not taken.
    private static async Task<ProjectMeasure> SumAsync(ProjectUse.Use use)
    {
        var seen = One;
        await use.TakeAsync(
            One,
            sum =>
            {
                seen = sum;
                return new ReachedLimit(ProjectLimit.MaxStoredTasks, 0);
            },
            default);
        return seen;
    }
}
