using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>The sweep of ended tasks, with a clock that only the tests advance.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private const int StepSize = 500;

    private static readonly TimeSpan Age = TimeSpan.FromDays(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly WireClock clock = new();
    private readonly InMemoryTaskStore rows;
    private readonly SweptStore store;
    private readonly LogLines log = new();
    private IHost? host;

    public RetentionTests() => store = new(rows = new(clock));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    [Fact]
    public async Task Tasks_that_ended_30_days_ago_are_removed_within_a_minute_of_the_start_and_then_about_every_hour()
    {
        await EndedAsync();
        clock.Advance(Age);
        var late = await EndedAsync();
        await StartAsync();

        await AdvanceAsync(TimeSpan.FromMinutes(1), sweeps: 1);
        (await IdsAsync()).Should().Equal(late);
        clock.Advance(Age);
        await AdvanceAsync(TimeSpan.Zero, sweeps: 2);
        (await IdsAsync()).Should().BeEmpty();

        Waits.Should().HaveCount(3);
        Waits[0].Should().BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        Waits[1..].Should().OnlyContain(wait => wait >= TimeSpan.FromMinutes(60) && wait <= TimeSpan.FromMinutes(70));
        log.Lines.Where(line => line.Contains("removed")).Should().HaveCount(2).And.AllSatisfy(line =>
            line.Should().Match("Information: 1 tasks that ended more than 30.00:00:00 ago were removed in * s."));
    }

    [Fact]
    public async Task What_has_not_ended_or_not_long_ago_stays_and_a_sweep_that_removes_nothing_says_nothing()
    {
        var queued = await SubmitAsync(rows);
        clock.Advance(Age * 2);
        var ended = await EndedAsync();
        await StartAsync();

        await AdvanceAsync(TimeSpan.FromMinutes(1), sweeps: 1);

        (await IdsAsync()).Should().Equal(queued, ended);
        log.Lines.Should().NotContain(line => line.Contains("removed"));
    }

    [Fact]
    public async Task A_sweep_takes_small_steps_and_pauses_after_each()
    {
        for (var i = 0; i < (2 * StepSize) + 1; i++)
        {
            await EndedAsync();
        }

        clock.Advance(Age);
        await StartAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        foreach (var step in new[] { 1, 2 })
        {
            await UntilAsync(() => Waits.Length == step + 1, "the pause");
            Waits[^1].Should().Be(Pause);
            store.Steps.Should().HaveCount(step).And.OnlyContain(limit => limit == StepSize);
            clock.Advance(Pause - TimeSpan.FromMilliseconds(1));
            store.Steps.Should().HaveCount(step, "the pause is not over");
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await UntilAsync(() => Waits.Length == 4, "the end of the sweep");
        (await IdsAsync()).Should().BeEmpty();
        log.Lines.Should().ContainSingle(line => line.StartsWith("Information: 1001 tasks"));
    }

    [Fact]
    public async Task A_step_that_takes_long_is_followed_by_a_pause_four_times_as_long()
    {
        for (var i = 0; i < StepSize; i++)
        {
            await EndedAsync();
        }

        clock.Advance(Age);
        store.OnStep = () => clock.Advance(TimeSpan.FromSeconds(2));
        await StartAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        await UntilAsync(() => Waits.Length == 2, "the pause");

        Waits[^1].Should().Be(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_store_that_fails_is_asked_again_ever_later_said_once_and_the_sweep_goes_on_where_it_was()
    {
        for (var i = 0; i < StepSize + 1; i++)
        {
            await EndedAsync();
        }

        clock.Advance(Age);
        var steps = 0;
        store.OnStep = () => _ = Interlocked.Increment(ref steps) is >= 2 and <= 13 ? throw new StoreUnavailableException("The disk is full.") : 0;
        await StartAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        await UntilAsync(() => Waits.Length == 2, "the first pause");
        for (var failed = 0; failed < 12; failed++)
        {
            clock.Advance(Waits[^1]);
            var wait = failed + 3;
            await UntilAsync(() => Waits.Length == wait, "the next pause");
        }

        Waits[2..].Select(wait => wait.TotalSeconds).Should().Equal(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300);
        (await IdsAsync()).Should().HaveCount(1);
        clock.Advance(TimeSpan.FromMinutes(5));
        await UntilAsync(() => Waits.Length == 15, "the end of the sweep");
        (await IdsAsync()).Should().BeEmpty();
        store.From.Distinct().Should().Equal(default, new TaskId(StepSize));
        log.Lines.Should().ContainSingle(line => line.StartsWith("Warning"))
            .Which.Should().Be("Warning: Tasks that ended long ago cannot be removed, trying again until they can: The disk is full.");
    }

    [Fact]
    public async Task An_age_of_0_keeps_for_ever()
    {
        await EndedAsync();
        clock.Advance(Age * 100);
        await StartAsync(retention => retention.Age = TimeSpan.Zero);

        // Cancellations of many are swept all the same.
        await UntilAsync(() => clock.HasBeenAskedFor(TimeSpan.FromHours(1)), "the first wait");
        clock.Advance(TimeSpan.FromHours(5));
        await UntilAsync(() => Waits.Length == 2, "the wait after a sweep");
        await host!.StopAsync();

        store.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_host_that_stops_does_not_wait_for_a_sweep()
    {
        for (var i = 0; i < StepSize + 1; i++)
        {
            await EndedAsync();
        }

        clock.Advance(Age);
        await StartAsync();
        clock.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(() => Waits.Length == 2, "the pause");

        await host!.StopAsync();

        (await IdsAsync()).Should().HaveCount(1);
        log.Lines.Should().NotContain(line => line.StartsWith("Warning") || line.StartsWith("Error"));
    }

    [Fact]
    public async Task A_host_that_is_disposed_without_having_been_stopped_hears_of_no_failure()
    {
        await StartAsync();
        var sweep = host!.Services.GetServices<IHostedService>().OfType<RetentionSweep>().Single();

        sweep.Dispose();

        await sweep.ExecuteTask!.Invoking(it => it).Should().NotThrowAsync();
    }

    [Theory]
    [InlineData("00:00:59")]
    [InlineData("-1")]
    [InlineData("36500.00:00:01")]
    public async Task An_age_out_of_its_range_is_refused_with_a_sentence_that_names_it(string age)
    {
        var start = () => StartAsync(retention => retention.Age = TimeSpan.Parse(age, null));

        await start.Should().ThrowAsync<OptionsValidationException>()
            .WithMessage($"The retention's Age must be 0, which keeps tasks for ever, or between 1 minute and 36,500 days, it is {TimeSpan.Parse(age, null)}.");
    }

    [Theory]
    [InlineData("00:01:00")]
    [InlineData("36500")]
    public async Task An_age_at_its_limits_is_used(string age)
    {
        await EndedAsync();
        await StartAsync(retention => retention.Age = TimeSpan.Parse(age, null));

        clock.Advance(TimeSpan.Parse(age, null));
        await AdvanceAsync(TimeSpan.FromMinutes(1), sweeps: 1);

        (await IdsAsync()).Should().BeEmpty();
    }

    // The gauges wait on the same clock.
    private TimeSpan[] Waits => [.. clock.Waits.Where(wait => wait != QueueGauges.Interval)];

    private async Task StartAsync(Action<RetentionOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSnapshotTasks(tasks => tasks.UseStore(_ => store).UseRetention(configure ?? (_ => { })));
        host = builder.Build();
        await host.StartAsync();
        if (host.Services.GetRequiredService<IOptions<RetentionOptions>>().Value.Age > TimeSpan.Zero)
        {
            await UntilAsync(() => Waits.Length == 1, "the first wait");
        }
    }

    /// <summary>Lets time pass, and waits for the sweeps that begin in it.</summary>
    private async Task AdvanceAsync(TimeSpan time, int sweeps)
    {
        clock.Advance(time);
        await UntilAsync(() => Waits.Length == sweeps + 1, "the sweep");
    }

    private async Task<TaskId> EndedAsync()
    {
        var id = await SubmitAsync(rows);
        await rows.DecideAsync(TaskDecision.Cancel(Project, id));
        return id;
    }

    private async Task<IEnumerable<TaskId>> IdsAsync() => (await rows.ListAsync(new(Project), 0, 10_000)).Select(task => task.Id).Order();

    /// <summary>A real store that counts the steps of sweeps, and fails in them when a test says so.</summary>
    private sealed class SweptStore(ITaskStore store) : PassingStore(store)
    {
        public Action OnStep { get; set; } = () => { };

        public List<int> Steps { get; } = [];

        public List<TaskId> From { get; } = [];

        public override async Task<RemovalOutcome> RemoveEndedAsync(
            TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default)
        {
            From.Add(after);
            Steps.Add(limit);
            OnStep();
            return await base.RemoveEndedAsync(age, after, limit, cancellationToken);
        }
    }
}
