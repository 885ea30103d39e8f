using FluentValidation;
using FluentValidation.Results;
using FluentValidation.Validators;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

public sealed class WireNamesTests
{
    [Fact]
    public void Every_member_that_is_validated_has_a_name_on_the_wire()
    {
        var services = new ServiceCollection().AddSnapshotTasks(tasks => tasks.UseInMemory());
        var validators = services
            .Select(service => service.ServiceType).Where(service => service.IsAssignableTo(typeof(IValidator)));

        // The wire cannot set a priority, and has nothing of what operators do.
        string[] ours =
        [
            nameof(SubmitSnapshotTask.Priority), $"{nameof(PrepareCancellation.Filter)}.{nameof(QueuedTaskFilter.Priority)}",
            nameof(PauseSnapshotTasks.By), nameof(PauseSnapshotTasks.Reason), nameof(FindEvents.Size), nameof(StopSubscription.Subscription), nameof(FindParkedEvents.After),
            nameof(RunSnapshotTaskAgain.Action), nameof(RunSnapshotTasksAgain.Filter), $"{nameof(RunSnapshotTasksAgain.Filter)}.{nameof(TaskFilter.Project)}",
        ];
        var members = validators.SelectMany(validator => Members(validator, "")).Distinct().Except(ours).ToList();

        members.Should().HaveCountGreaterThan(15).And.OnlyContain(member => FieldNames.Of(member) != member);
    }

    [Fact]
    public void What_a_host_validates_beyond_us_is_a_bad_request_too()
    {
        var error = WireErrors.For(new ValidationException([new ValidationFailure("Weekday", "It must be a Monday.")]))!;

        error.Should().Be(new WireError(400, "MPC.10202", "Invalid request parameter: Weekday: It must be a Monday."));
    }

    private static IEnumerable<string> Members(Type validator, string prefix)
    {
        foreach (var rule in ((IValidator)Activator.CreateInstance(validator)!).CreateDescriptor().Rules)
        {
            var children = rule.Components.Select(component => component.Validator).OfType<IChildValidatorAdaptor>().ToList();
            foreach (var inner in children.SelectMany(child => Members(child.ValidatorType, $"{prefix}{rule.PropertyName}.")))
            {
                yield return inner;
            }

            if (children.Count == 0)
            {
                yield return prefix + rule.PropertyName;
            }
        }
    }
}
