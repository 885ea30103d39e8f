using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

/// <summary>In the host of somebody else: what it configures, what it refuses, and what it never notices.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-embedding-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Options_come_from_the_configuration_and_from_code_the_later_over_the_earlier()
    {
        var builder = Builder(("Worker:Concurrency", "3"), ("Worker:Lease", "00:01:00"));
        builder.Services.AddSnapshotTasks(tasks => tasks
            .UseSqlite("snapshots.db")
            .AddWorker(builder.Configuration.GetSection("Worker"))
            .AddWorker(worker => worker.Concurrency = 2)
            .AddFfmpeg(ffmpeg => ffmpeg.MediaRoot = "films"));

        var options = Options(builder);

        (options.Concurrency, options.Lease, options.Poll).Should().Be((2, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1)));
        builder.Services.Count(service => service.ServiceType == typeof(SnapshotWorker)).Should().Be(1);
    }

    [Fact]
    public void Options_come_from_the_options_system_as_well()
    {
        var builder = Builder(("Stills:Concurrency", "3"));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker());
        builder.Services.AddOptions<WorkerOptions>().BindConfiguration("Stills");

        Options(builder).Concurrency.Should().Be(3);
    }

    [Theory]
    [InlineData("Worker:Concurency", "3", "The worker has no option Concurency, it has Concurrency, *")]
    [InlineData("Worker:Concurrency", "three", "*'Worker:Concurrency'*")]
    [InlineData("Worker:Concurrency", "0", "The worker's Concurrency must be between 1 and 1024, it is 0.")]
    public async Task A_wrong_setting_keeps_the_host_from_starting_and_is_named(string name, string value, string refusal)
    {
        var builder = Builder((name, value));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker(builder.Configuration.GetSection("Worker")).AddFfmpeg());
        using var host = builder.Build();

        await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<Exception>().WithMessage(refusal);
    }

    [Fact]
    public async Task A_host_without_a_store_does_not_start_and_says_what_to_call()
    {
        var builder = Builder();
        builder.Services.AddSnapshotTasks(_ => { });
        using var host = builder.Build();

        (await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage("SnapshotTasks has no store: call UseSqlite, UsePostgres or UseInMemory in AddSnapshotTasks.");
    }

    [Fact]
    public async Task A_worker_with_nothing_that_takes_pictures_does_not_start_and_says_what_to_call()
    {
        var builder = Builder();
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker());
        using var host = builder.Build();

        (await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<InvalidOperationException>()).WithMessage(
            "SnapshotTasks has a worker and nothing that takes pictures: call AddFfmpeg of the package SnapshotTasks.Ffmpeg, or register an ICapture.");
    }

    [Theory]
    [InlineData("Ffmpeg:MediaRot", "films", "*'MediaRot'*")]
    [InlineData("Ffmpeg:MediaRoot", " ", "The capture's MediaRoot must name a folder.")]
    public async Task A_wrong_setting_of_the_capture_keeps_the_host_from_starting_and_is_named(string name, string value, string refusal)
    {
        var builder = Builder((name, value));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker().AddFfmpeg(builder.Configuration.GetSection("Ffmpeg")));
        using var host = builder.Build();

        await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<Exception>().WithMessage(refusal);
    }

    [Fact]
    public async Task Two_hosts_in_one_process_with_a_store_each_run_their_own_tasks()
    {
        var project = new ProjectId("shop");
        using var first = await StartAsync("first");
        using var second = await StartAsync("second");

        // In turn, so that both have tasks with the same ids.
        var submitted = new List<(IHost Host, TaskId Task)>();
        for (var number = 0; number < 20; number++)
        {
            var host = number % 2 == 0 ? first : second;
            submitted.Add((host, await WorkerHost.SubmitAsync(Store(host))));
        }

        foreach (var (host, task) in submitted)
        {
            var ended = await WorkerHost.UntilAsync(Store(host), task, it => it.EndedAt is not null);
            ended.Pictures.Should().Equal(host == first ? "first.jpg" : "second.jpg");
        }

        await Task.WhenAll(first.StopAsync(), second.StopAsync());
    }

    [Fact]
    public async Task A_worker_that_is_added_twice_runs_once()
    {
        var capture = new NamingCapture("once");
        using var host = await StartAsync(capture, tasks => tasks.AddWorker());

        await WorkerHost.UntilAsync(Store(host), await WorkerHost.SubmitAsync(Store(host)), it => it.EndedAt is not null);

        capture.Runs.Should().Be(1);
        host.Services.GetServices<IHostedService>().OfType<SnapshotWorker>().Should().ContainSingle();
        await host.StopAsync();
    }

    [Fact]
    public void Parts_of_a_host_that_add_it_each_for_themselves_share_one()
    {
        var builder = Builder();
        builder.Services.AddSingleton<ICapture>(new NamingCapture("shared"));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.AddSnapshotTasks(tasks => tasks.AddWorker());
        using var host = builder.Build();

        host.Services.GetServices<IHostedService>().Select(service => service.GetType()).Should()
            .Contain(typeof(SnapshotWorker)).And.OnlyHaveUniqueItems("what runs beside the host must not run twice");
    }

    [Fact]
    public async Task A_host_that_leaves_MediatR_out_uses_the_store_and_the_worker()
    {
        var builder = Builder();
        builder.Services.AddSingleton<ICapture>(new NamingCapture("plain"));
        new SnapshotTasksBuilder(builder.Services).UseInMemory().AddWorker();
        using var host = builder.Build();
        await host.StartAsync();

        var task = await WorkerHost.SubmitAsync(Store(host));

        (await WorkerHost.UntilAsync(Store(host), task, it => it.EndedAt is not null)).Pictures.Should().Equal("plain.jpg");
        await host.StopAsync();
    }

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("203.0.113.7", 401)]
    public async Task A_host_without_any_authentication_serves_loopback_only(string address, int status)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        await using var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Connection.RemoteIpAddress = IPAddress.Parse(address);
            return next(context);
        });
        app.MapSnapshotTasks();
        await app.StartAsync();
        using var client = new HttpClient();

        ((int)(await client.GetAsync($"{app.Urls.Single()}/v1/shop/thumbnails")).StatusCode).Should().Be(status);
    }

    [Fact]
    public async Task The_routes_are_a_group_that_the_host_goes_on_configuring()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.AddAuthorizationBuilder().AddPolicy("snapshots", policy => policy.RequireAssertion(_ => false));
        builder.Services.AddAuthentication().AddAuthToken();
        await using var app = builder.Build();
        app.MapGroup("/media").MapSnapshotTasks().RequireAuthorization("snapshots");
        await app.StartAsync();
        using var client = new HttpClient();

        (await client.GetAsync($"{app.Urls.Single()}/media/v1/shop/thumbnails")).IsSuccessStatusCode.Should().BeFalse();
        (await client.GetAsync($"{app.Urls.Single()}/v1/shop/thumbnails")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static HostApplicationBuilder Builder(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(it => it.Name, it => (string?)it.Value));
        return builder;
    }

    private static WorkerOptions Options(HostApplicationBuilder builder) =>
        builder.Services.BuildServiceProvider().GetRequiredService<IOptions<WorkerOptions>>().Value;

    private static ITaskStore Store(IHost host) => host.Services.GetRequiredService<ITaskStore>();

    private Task<IHost> StartAsync(string name) => StartAsync(new NamingCapture(name), _ => { });

    private async Task<IHost> StartAsync(NamingCapture capture, Action<SnapshotTasksBuilder> configure)
    {
        var builder = Builder();
        builder.Services.AddSingleton<ICapture>(capture);
        builder.Services.AddSnapshotTasks(tasks => configure(tasks.UseSqlite(Path.Combine(folder, $"{capture.Name}.db")).AddWorker()));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Takes a picture that is named after the host it ran in.</summary>
    private sealed class NamingCapture(string name) : ICapture
    {
        private int runs;

        public string Name => name;

        public int Runs => runs;

        public Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(CaptureResult.Taken([$"{name}.jpg"]));
        }
    }
}
