using System.Collections.Concurrent;
using System.Reflection;
using FluentValidation;
using MediatR;
using MediatR.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>In a host that has MediatR 5 already, registered before us or after: nothing of its own changes.</summary>
public sealed class EmbeddingMediatRTests
{
    private static readonly ProjectId Project = new("shop");

    public static TheoryData<bool> Orders => [true, false];

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_hosts_mediator_and_handlers_stay_and_send_our_commands_too(bool hostFirst)
    {
        using var services = Services(hostFirst);
        var mediator = services.GetRequiredService<IMediator>();

        mediator.Should().BeOfType<HostMediator>();
        (await mediator.Send(new Greet("you"))).Should().Be("Hello you");
        (await mediator.Send(new SubmitSnapshotTask(Project, CaptureStudio.Request(CaptureStudio.At(1))))).Task.Id.Should().Be(new TaskId(1));
        services.GetRequiredService<Heard>().Factories.Should().BePositive("the host's own ServiceFactory is asked");
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_hosts_pipeline_runs_once_for_its_own_requests_and_once_for_ours(bool hostFirst)
    {
        using var services = Services(hostFirst);
        var mediator = services.GetRequiredService<IMediator>();

        await mediator.Send(new Greet("you"));
        await mediator.Send(new CancelSnapshotTask(Project, new TaskId(1)));

        services.GetRequiredService<Heard>().Requests.Should().Equal(
            "processor Greet", "behavior Greet", "processor CancelSnapshotTask", "behavior CancelSnapshotTask");
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Our_commands_are_validated_by_us_and_by_what_the_host_adds(bool hostFirst)
    {
        using var services = Services(hostFirst);
        var mediator = services.GetRequiredService<IMediator>();

        await mediator.Invoking(it => it.Send(new CancelSnapshotTask(new("a/b"), new TaskId(1)))).Should().ThrowAsync<ValidationException>();
        (await mediator.Invoking(it => it.Send(new CancelSnapshotTask(Project, new TaskId(13)))).Should().ThrowAsync<ValidationException>())
            .Which.Errors.Should().ContainSingle().Which.ErrorMessage.Should().Be("Not this one.");
        services.GetServices<IValidator<CancelSnapshotTask>>().Should().ContainSingle("a validating behaviour of the host's finds its own only");
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task A_host_that_scans_assemblies_gets_our_commands_validated_all_the_same(bool hostFirst)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        InOrder(hostFirst, () => Scan(services), () => services.AddSnapshotTasks(tasks => tasks.UseInMemory()));
        await using var provider = services.BuildServiceProvider();

        var send = () => provider.GetRequiredService<IMediator>().Send(new CancelSnapshotTask(new("a/b"), new TaskId(1)));

        await send.Should().ThrowAsync<ValidationException>();
    }

    [Theory]
    [InlineData("6.0.0.0")]
    [InlineData("12.5.0.0")]
    [InlineData("4.3.0.0")]
    public void Another_MediatR_is_refused_with_a_sentence(string version)
    {
        var check = () => MediatRVersion.Check(new AssemblyName("MediatR") { Version = new Version(version) });

        check.Should().Throw<InvalidOperationException>()
            .WithMessage($"SnapshotTasks works with MediatR 5 and the application brings {version}: refer to MediatR *");
    }

    // As MediatR 5's own registration scans: what is there already stays.
    private static void Scan(ServiceCollection services)
    {
        foreach (var handler in typeof(SubmitSnapshotTask).Assembly.GetTypes().Where(type => type is { IsClass: true, IsGenericTypeDefinition: false }))
        {
            foreach (var contract in handler.GetInterfaces().Where(it => it.IsGenericType && it.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                if (services.All(service => service.ServiceType != contract))
                {
                    services.AddTransient(contract, handler);
                }
            }
        }
    }

    private static ServiceProvider Services(bool hostFirst)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        InOrder(hostFirst, () => AddHost(services), () => services.AddSnapshotTasks(tasks => tasks.UseInMemory()));
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    private static void InOrder(bool hostFirst, Action host, Action ours)
    {
        foreach (var add in hostFirst ? [host, ours] : new[] { ours, host })
        {
            add();
        }
    }

    // What MediatR 5's own registration adds, and a host's own beside it.
    private static void AddHost(ServiceCollection services)
    {
        services.AddSingleton<Heard>();
        services.AddTransient<ServiceFactory>(provider => type =>
        {
            provider.GetRequiredService<Heard>().Asked();
            return provider.GetService(type)!;
        });
        services.AddTransient<IMediator, HostMediator>();
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(RequestPreProcessorBehavior<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(HearingBehavior<,>));
        services.AddTransient(typeof(IRequestPreProcessor<>), typeof(HearingProcessor<>));
        services.AddTransient<IRequestHandler<Greet, string>, GreetHandler>();
        services.AddSingleton<IValidator<CancelSnapshotTask>, Superstition>();
    }

    private sealed class Heard
    {
        private int factories;

        public int Factories => factories;

        public ConcurrentQueue<string> Requests { get; } = new();

        public void Asked() => Interlocked.Increment(ref factories);
    }

    private sealed record Greet(string Name) : IRequest<string>;

    private sealed class GreetHandler : IRequestHandler<Greet, string>
    {
        public Task<string> Handle(Greet request, CancellationToken cancellationToken) => Task.FromResult($"Hello {request.Name}");
    }

    private sealed class HostMediator(ServiceFactory factory) : Mediator(factory);

    private sealed class HearingProcessor<TRequest>(Heard heard) : IRequestPreProcessor<TRequest>
        where TRequest : notnull
    {
        public Task Process(TRequest request, CancellationToken cancellationToken)
        {
            heard.Requests.Enqueue($"processor {typeof(TRequest).Name}");
            return Task.CompletedTask;
        }
    }

    private sealed class HearingBehavior<TRequest, TAnswer>(Heard heard) : IPipelineBehavior<TRequest, TAnswer>
    {
        public Task<TAnswer> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TAnswer> next)
        {
            heard.Requests.Enqueue($"behavior {typeof(TRequest).Name}");
            return next();
        }
    }

    private sealed class Superstition : AbstractValidator<CancelSnapshotTask>
    {
        public Superstition() => RuleFor(command => command.TaskId).NotEqual(new TaskId(13)).WithMessage("Not this one.");
    }
}
