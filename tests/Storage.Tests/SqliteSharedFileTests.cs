using System.Diagnostics;
using System.Globalization;
using static SnapshotTasks.Tests.CancelClaimRace;

namespace SnapshotTasks.Tests;

/// <summary>Several stores, and several processes, on one file.</summary>
public sealed class SqliteSharedFileTests : IAsyncDisposable
{
    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task Of_a_cancel_and_a_claim_through_two_stores_exactly_one_wins()
    {
        ITaskStore one = factory.Create(), other = factory.Create();

        await RunAsync(one, [Through(one), Through(other), Through(other)], [one, one, other]);
    }

    [Fact]
    public async Task Of_a_cancel_and_a_claim_in_two_processes_exactly_one_wins()
    {
        var store = factory.Create();
        using var other = ChildProcess.Start(ChildRole.CancelWhatIsRead, factory.Path);

        await RunAsync(store, [In(other)], [store, store]);

        other.StandardInput.Close();
        await other.WaitForExitAsync();
        other.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Stores_that_create_the_same_file_at_the_same_time_share_it()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var fresh = new SqliteStoreFactory();
            using var start = new Barrier(4);
            var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return new SqliteTaskStore(fresh.Path);
                },
                TaskCreationOptions.LongRunning)));

            foreach (var store in stores)
            {
                await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)));
                await store.DisposeAsync();
            }
        }
    }

    private static Func<TaskId, Task<CancelResult>> In(Process process) => async id =>
    {
        await process.StandardInput.WriteLineAsync(id.ToString());
        var words = (await process.StandardOutput.ReadLineAsync() ?? "the process has ended").Split(' ');
        return new CancelResult(Enum.Parse<CancelAnswer>(words[0]), Enum.Parse<TaskState>(words[1]));
    };

    internal static void CancelWhatIsRead(string path)
    {
        using var store = new SqliteTaskStore(path);
        while (Console.ReadLine() is { } line)
        {
            var id = new TaskId(long.Parse(line, CultureInfo.InvariantCulture));
            var outcome = store.DecideAsync(TaskDecision.Cancel(Project, id)).GetAwaiter().GetResult();
            Console.WriteLine($"{outcome.Answer} {outcome.Task.State}");
        }
    }
}
