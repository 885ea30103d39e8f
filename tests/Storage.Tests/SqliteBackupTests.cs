using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

/// <summary>A copy of the file that is made while others write to it.</summary>
public sealed class SqliteBackupTests : IAsyncDisposable
{
    private static readonly ProjectId Project = new("project");

    private static readonly NewTask NewTask = Sample.AnyTask with { Request = Sample.Request with { UserData = new string('u', 1_500) } };

    private readonly SqliteStoreFactory factory = new();

    private string Copy => $"{factory.Path}.copy";

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task It_ends_while_callers_go_on_and_has_every_task_that_was_acknowledged_before_it_began()
    {
        var store = factory.Create();
        var acknowledged = new ConcurrentQueue<TaskId>();
        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 50).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                acknowledged.Enqueue((await store.AddAsync(NewTask)).Task.Id);
            }
        }).ToList();
        await UntilAsync(() => acknowledged.Count > 5_000);

        TaskId[] before = [.. acknowledged];
        await Task.Run(() => SqliteBackup.Write(factory.Path, Copy)).WaitAsync(TimeSpan.FromSeconds(30));
        var after = acknowledged.Count;

        await UntilAsync(() => acknowledged.Count > after);
        await enough.CancelAsync();
        await Task.WhenAll(callers);
        after.Should().BeGreaterThan(before.Length, "callers did not wait for the backup");
        using var restored = new SqliteTaskStore(Copy);
        foreach (var ids in before.Chunk(500))
        {
            (await restored.GetAsync(Project, ids)).Should().HaveCount(ids.Length).And.OnlyContain(task => task.IsQueued);
        }

        using var file = new SqliteConnection($"Data Source={Copy};Pooling=False");
        file.Open();
        SqliteConnections.Execute(file, "pragma integrity_check").Should().Be("ok");
    }

    [Fact]
    public async Task After_a_restore_no_id_is_given_out_twice_when_the_next_one_is_set_as_the_docs_say()
    {
        var store = factory.Create();
        await store.AddAsync(NewTask);
        SqliteBackup.Write(factory.Path, Copy);
        var lost = (await store.AddAsync(NewTask)).Task.Id;
        using (var file = new SqliteConnection($"Data Source={Copy};Pooling=False"))
        {
            file.Open();
            SqliteConnections.Execute(
                file, $"delete from sqlite_sequence where name = 'snapshot_tasks'; insert into sqlite_sequence values ('snapshot_tasks', {lost})");
        }

        using var restored = new SqliteTaskStore(Copy);

        (await restored.AddAsync(NewTask)).Task.Id.Value.Should().BeGreaterThan(lost.Value);
    }

    [Fact]
    public void A_backup_is_its_users_alone_and_replaces_nothing()
    {
        factory.Create();
        File.WriteAllText($"{Copy}.part", "what a backup left that was killed");

        SqliteBackup.Write(factory.Path, Copy);

        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Copy).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Exists($"{Copy}.part").Should().BeFalse();
        FluentActions.Invoking(() => SqliteBackup.Write(factory.Path, Copy)).Should().Throw<InvalidOperationException>().WithMessage("*is there already*");
    }

    [Fact]
    public void What_is_no_database_is_not_backed_up_and_leaves_nothing()
    {
        FluentActions.Invoking(() => SqliteBackup.Write(factory.Path, Copy)).Should().Throw<InvalidOperationException>().WithMessage("There is no database *");
        Directory.CreateDirectory(Path.GetDirectoryName(factory.Path)!);
        File.WriteAllText(factory.Path, string.Concat(Enumerable.Repeat("no database ", 1000)));
        FluentActions.Invoking(() => SqliteBackup.Write(factory.Path, Copy)).Should().Throw<StoreUnavailableException>();

        Directory.GetFiles(Path.GetDirectoryName(factory.Path)!).Should().Equal(factory.Path);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); !condition();)
        {
            DateTime.UtcNow.Should().BeBefore(deadline);
            await Task.Delay(5);
        }
    }
}
