using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What is said about deliveries: subscriptions, numbers and reasons, never what an event is about.</summary>
internal static partial class EventsLog
{
    [LoggerMessage(60, LogLevel.Information, "This host delivers events to {Subscription}, from {Number} on.")]
    public static partial void Delivering(this ILogger log, string subscription, long number);

    [LoggerMessage(61, LogLevel.Warning, "Another host may deliver events to {Subscription}: this one no longer holds it.")]
    public static partial void HoldingLost(this ILogger log, string subscription);

    [LoggerMessage(62, LogLevel.Warning, "Event {Number} of task {Task} was not delivered to {Subscription} in attempt {Attempt}, the next one is in {Seconds:0} s: {Reason}")]
    public static partial void NotDelivered(this ILogger log, long number, TaskId task, string subscription, int attempt, double seconds, string reason);

    [LoggerMessage(63, LogLevel.Error, "Event {Number} of task {Task} is set aside, it was not delivered to {Subscription} in {Attempts} attempts: {Reason}")]
    public static partial void SetAside(this ILogger log, long number, TaskId task, string subscription, int attempts, string reason);

    [LoggerMessage(64, LogLevel.Error, "Nothing can be delivered to {Subscription}, one event at a time is tried until one is taken: {Reason}")]
    public static partial void Failing(this ILogger log, string subscription, string? reason);

    [LoggerMessage(65, LogLevel.Information, "{Subscription} takes events again.")]
    public static partial void Recovered(this ILogger log, string subscription);

    [LoggerMessage(66, LogLevel.Error, "Nothing is delivered to {Subscription} after event {Number} until it is resumed: {Reason}")]
    public static partial void Stopped(this ILogger log, string subscription, long number, string? reason);

    [LoggerMessage(67, LogLevel.Error, "Deliveries to {Subscription} broke off and begin anew.")]
    public static partial void Broken(this ILogger log, Exception exception, string subscription);

    [LoggerMessage(68, LogLevel.Warning, "Events are not delivered until the store answers: {Reason}")]
    public static partial void StoreSilent(this ILogger log, string reason);

    [LoggerMessage(69, LogLevel.Information, "The store answers, events are delivered again.")]
    public static partial void StoreAnswers(this ILogger log);
}
