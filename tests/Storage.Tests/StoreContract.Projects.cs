namespace SnapshotTasks.Tests;

/// <summary>What a project has stored.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task A_project_without_tasks_has_stored_nothing() =>
        (await Store.MeasureProjectAsync(Project, 100)).Should().Be(new ProjectMeasure(0, 0));

    [Fact]
    public async Task What_a_project_has_stored_is_measured_in_every_state_and_without_other_projects()
    {
        foreach (var state in Enum.GetValues<TaskState>())
        {
            await Reach(state);
        }

        await Store.AddAsync(new NewTask(Another, Request with { UserData = "of another" }));

        (await Store.MeasureProjectAsync(Project, 100)).Should().Be(new ProjectMeasure(4, 0));
    }

    [Fact]
    public async Task User_data_is_measured_in_bytes_of_utf_8_as_the_caller_wrote_it()
    {
        string[] texts = ["plain", "", "\"quoted\\\"\n\t<&>'", "é€𝄞", "\u0001\u2028", """{"user_data":"inner"}"""];
        foreach (var text in texts)
        {
            await Store.AddAsync(new NewTask(Project, Request with { UserData = text }));
        }

        await Submit();

        (await Store.MeasureProjectAsync(Project, 100)).Should().Be(
            new ProjectMeasure(texts.Length + 1, texts.Sum(text => System.Text.Encoding.UTF8.GetByteCount(text))));
    }

    [Fact]
    public async Task No_more_tasks_of_a_project_are_measured_than_asked_for()
    {
        for (var i = 0; i < 5; i++)
        {
            await Store.AddAsync(new NewTask(Project, Request with { UserData = "1234" }));
        }

        (await Store.MeasureProjectAsync(Project, 3)).Should().Be(new ProjectMeasure(3, 12));
        (await Store.MeasureProjectAsync(Project, int.MaxValue)).Should().Be(new ProjectMeasure(5, 20));
    }

    [Fact]
    public async Task What_was_removed_is_not_stored_any_more()
    {
        var run = await Reach(TaskState.Running);
        Advance(TimeSpan.FromSeconds(1));
        await Complete(run.Task, "0.jpg");
        Advance(TimeSpan.FromSeconds(10));

        (await Store.RemoveEndedAsync(TimeSpan.FromSeconds(5), default, 100)).Removed.Should().Be(1);

        (await Store.MeasureProjectAsync(Project, 100)).Should().Be(new ProjectMeasure(0, 0));
    }
}
