using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>The buckets as the options bind them to projects.</summary>
internal sealed class ConfiguredBuckets(IOptions<BucketOptions> options) : IBucketAccess
{
    private readonly FrozenDictionary<string, Binding> buckets =
        options.Value.Buckets.ToFrozenDictionary(bucket => bucket.Name, bucket => new Binding([.. bucket.Readers], [.. bucket.Writers]));

    /// <summary>Whether any bucket is bound; if not, every project uses every bucket.</summary>
    public bool Any => buckets.Count > 0;

    /// <inheritdoc/>
    public ValueTask<bool> MayUseAsync(ProjectId project, string bucket, BucketUse use, CancellationToken cancellationToken) =>
        new(!Any || (buckets.TryGetValue(bucket, out var binding) && binding.Permits(project, use)));

    private sealed record Binding(FrozenSet<string> Readers, FrozenSet<string> Writers)
    {
        public bool Permits(ProjectId project, BucketUse use)
        {
            var projects = use switch
            {
                BucketUse.Read => Readers,
                BucketUse.Write => Writers,
            };
            return projects.Contains(project.Value) || projects.Contains(BucketBinding.EveryProject);
        }
    }
}
