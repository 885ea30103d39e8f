using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks.Tests;

/// <summary>A store that is away for long does not fill the log.</summary>
public sealed class WireOutageLogTests : IAsyncDisposable
{
    private readonly AuthLog log = new();

    public ValueTask DisposeAsync()
    {
        log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Of_requests_that_are_answered_503_the_first_is_said_and_once_a_minute_how_many_there_were()
    {
        await using var server = await StartAsync();
        server.Store.Fault = new StoreUnavailableException("The database is gone.");
        await AskAsync(server, 20);

        Said().Should().ContainSingle().Which.Should().Contain("was answered 503: The database is gone.");
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await AskAsync(server, 20);
        server.Store.Fault = null;
        server.Time.Advance(TimeSpan.FromSeconds(61));
        await AskAsync(server, 20);

        Said().Should().HaveCount(4);
        Said()[1].Should().StartWith("19 more requests were answered 503");
        Said()[2].Should().Contain("was answered 503: The database is gone.");
        Said()[3].Should().StartWith("19 more requests were answered 503");
    }

    [Fact]
    public async Task That_an_outcome_is_unknown_is_said_although_the_store_was_away_before()
    {
        await using var server = await StartAsync();
        server.Store.Fault = new StoreUnavailableException("The database is gone.");
        await AskAsync(server, 3);
        server.Store.Fault = new UnknownOutcomeException("Nobody knows.");
        await AskAsync(server, 3);

        Said().Should().HaveCount(2);
        Said()[1].Should().Contain("was answered 503: Nobody knows.");
    }

    private Task<WireServer> StartAsync() => WireServer.StartAsync(parts: tasks => tasks.Services.AddSingleton<ILoggerProvider>(log));

    private static async Task AskAsync(WireServer server, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await server.GetAsync("?task_id=1");
        }
    }

    private List<string> Said() => [.. log.Messages.Where(message => message.Contains("answered 503", StringComparison.Ordinal)).Select(message => message.Trim())];
}
