using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Behind a pooler that hands out connections per transaction, with the settings that the documentation gives.</summary>
public sealed class PostgresPoolerTests(PostgresServer server)
{
    private static readonly PostgresOptions Deaf = new() { Notifications = false };

    [Fact]
    public async Task Callers_at_once_are_answered_as_without_it()
    {
        await using var pooler = await Pooler.StartAsync(await server.CreateDatabaseAsync(), preparedStatements: 100);
        var log = new Warnings();
        await using var store = PostgresServer.Open(pooler.Database + (await Pooler.CanPrepareAsync() ? "" : ";Max Auto Prepare=0"), Deaf, log);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                var task = (await store.AddAsync(AnyTask)).Task;
                (await store.ListAsync(new TaskFilter(Project), 0, 5)).Should().NotBeEmpty();
                (await store.MeasureAsync(9)).Queued.Should().BePositive();
                (await store.GetAsync(Project, [task.Id])).Should().ContainSingle();
            }
        }));

        (await store.CountAsync(new TaskFilter(Project), 999)).Should().Be(200);
        log.Texts.Should().BeEmpty();
    }

    [Fact]
    public async Task One_that_does_not_pass_on_prepared_statements_is_refused_with_what_to_do()
    {
        await using var pooler = await Pooler.StartAsync(await server.CreateDatabaseAsync(), preparedStatements: 0);

        FluentActions.Invoking(() => PostgresServer.Open(pooler.Database, Deaf)).Should().Throw<InvalidOperationException>()
            .WithMessage("*does not pass on prepared statements*Max Auto Prepare=0*");
    }

    [Fact]
    public async Task That_nothing_can_be_heard_through_it_is_said_at_start()
    {
        await using var pooler = await Pooler.StartAsync(await server.CreateDatabaseAsync(), preparedStatements: 0);
        var log = new Warnings();
        await using var store = PostgresServer.Open($"{pooler.Database};Max Auto Prepare=0", log: log);

        log.Texts.Should().ContainSingle().Which.Should().Contain("Notifications");
    }
}
