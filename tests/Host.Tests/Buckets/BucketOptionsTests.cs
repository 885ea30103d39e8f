using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

public sealed class BucketOptionsTests
{
    public static TheoryData<string, BucketBinding> BadBuckets => new()
    {
        { "Buckets:1: Name must be 1 to 64 characters, have no slashes or control characters and not begin with a dot.", new() { Name = "", Readers = { "a" } } },
        { "Buckets:1: Name must be 1 to 64 characters*", new() { Name = null!, Readers = { "a" } } },
        { "Buckets:1: Name must be 1 to 64 characters*", new() { Name = "..", Readers = { "a" } } },
        { "Buckets:1: Name must be 1 to 64 characters*", new() { Name = ".hidden", Readers = { "a" } } },
        { "Buckets:1: Name must be 1 to 64 characters*", new() { Name = "a/b", Readers = { "a" } } },
        { "Buckets:1: Name must be 1 to 64 characters*", new() { Name = new string('b', 65), Readers = { "a" } } },
        { "Buckets:1: Name is that of Buckets:0 again.", new() { Name = "videos", Readers = { "a" } } },
        { "Buckets:1: Readers and Writers are empty; name at least one project id, or \"\\*\".", new() { Name = "films" } },
        { "Buckets:1: Readers:1 must be a project id, or \"\\*\" for every project.", new() { Name = "films", Readers = { "a", "a b" } } },
        { "Buckets:1: Writers:0 must be a project id, or \"\\*\" for every project.", new() { Name = "films", Writers = { "**" } } },
    };

    [Theory, MemberData(nameof(BadBuckets))]
    public async Task A_bucket_that_is_bound_wrongly_keeps_the_host_from_starting_and_is_named(string sentence, BucketBinding bucket)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.Configure<BucketOptions>(options => options.Buckets.Add(new() { Name = "videos", Writers = { BucketBinding.EveryProject } }));
        builder.Services.Configure<BucketOptions>(options => options.Buckets.Add(bucket));
        using var host = builder.Build();

        (await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<OptionsValidationException>()).WithMessage(sentence.Replace("\\*", "*", StringComparison.Ordinal));
    }
}
