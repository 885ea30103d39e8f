using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Which projects read and write which buckets.</summary>
public sealed class BucketOptions
{
    /// <summary>The buckets there are; without any, every project uses every bucket.</summary>
    public IList<BucketBinding> Buckets { get; } = [];
}

/// <summary>A bucket and the projects that use it.</summary>
public sealed class BucketBinding
{
    /// <summary>What stands for every project.</summary>
    public const string EveryProject = "*";

    /// <summary>The name of the bucket.</summary>
    public string Name { get; set; } = "";

    /// <summary>The projects whose tasks read videos in it, or <see cref="EveryProject"/>.</summary>
    public IList<string> Readers { get; } = [];

    /// <summary>The projects whose tasks write pictures into it, or <see cref="EveryProject"/>; a writer is no reader by that.</summary>
    public IList<string> Writers { get; } = [];
}

/// <summary>Says which entry is wrong and how, by its place in the list.</summary>
internal sealed class BucketOptionsValidator : IValidateOptions<BucketOptions>
{
    public ValidateOptionsResult Validate(string? name, BucketOptions options)
    {
        var problems = options.Buckets.Index().SelectMany(entry => ProblemsOf(entry.Index, entry.Item, options.Buckets)).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(string.Join(' ', problems));
    }

    private static IEnumerable<string> ProblemsOf(int index, BucketBinding bucket, IList<BucketBinding> all)
    {
        var place = $"Buckets:{index}";
        if (!MediaObject.IsBucket(bucket.Name) || bucket.Name.Length > MediaObject.MaxNameLength)
        {
            yield return $"{place}: Name must be 1 to {MediaObject.MaxNameLength} characters, have no slashes or control characters and not begin with a dot.";
        }
        else if (all.TakeWhile(earlier => earlier.Name != bucket.Name).Count() is var first && first < index)
        {
            yield return $"{place}: Name is that of Buckets:{first} again.";
        }

        if (bucket.Readers.Count + bucket.Writers.Count == 0)
        {
            yield return $"{place}: Readers and Writers are empty; name at least one project id, or \"{BucketBinding.EveryProject}\".";
        }

        foreach (var (list, projects) in new[] { (nameof(bucket.Readers), bucket.Readers), (nameof(bucket.Writers), bucket.Writers) })
        {
            foreach (var (number, _) in projects.Index().Where(project => project.Item != BucketBinding.EveryProject && !ProjectId.IsValid(project.Item)))
            {
                yield return $"{place}: {list}:{number} must be a project id, or \"{BucketBinding.EveryProject}\" for every project.";
            }
        }
    }
}
