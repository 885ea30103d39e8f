using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>How the buckets of the server are laid out below its media root, and which are there.</summary>
/// <param name="Root">The media root.</param>
/// <param name="Layout">The layout, which the root keeps.</param>
internal sealed record MediaChoice(string Root, BucketLayout Layout)
{
    /// <summary>Where the buckets are, in words.</summary>
    public string Place => Layout switch
    {
        BucketLayout.Shared => Root,
        BucketLayout.PerProject => $"{Root}/<project>",
    };

    /// <summary>Adds the section Media: the layout, and the buckets that it binds to projects.</summary>
    /// <exception cref="InvalidOperationException">A name or a value is not understood.</exception>
    public static void Add(WebApplicationBuilder builder, string root)
    {
        var section = Read(builder.Configuration.GetSection("Media"));
        builder.Services.AddSingleton(provider => Of(root, section, provider.GetRequiredService<IOptions<CredentialOptions>>().Value));
        builder.Services.Configure<BucketOptions>(options => section.Buckets.ForEach(options.Buckets.Add));
        builder.Services.AddOptions<FfmpegOptions>().Configure<MediaChoice>((ffmpeg, media) => (ffmpeg.MediaRoot, ffmpeg.Layout) = (media.Root, media.Layout));
        builder.Services.AddSingleton<ConfiguredBuckets>();
        builder.Services.AddSingleton<IBucketAccess, ServerBuckets>();
    }

    /// <summary>Takes the layout from the configuration, or from the root, or from who has credentials; and keeps it in the root.</summary>
    /// <exception cref="InvalidOperationException">The root has another layout, or nobody has said whose the buckets in it are.</exception>
    private static MediaChoice Of(string root, MediaSection section, CredentialOptions credentials)
    {
        var kept = LayoutFile.Read(root);
        var layout = section.Layout
            ?? (section.Buckets.Count > 0 ? kept ?? BucketLayout.Shared
            : kept == BucketLayout.PerProject ? BucketLayout.PerProject
            : ProjectsOf(credentials) <= 1 ? BucketLayout.Shared
            : kept is null && !HasFolders(root) ? BucketLayout.PerProject
            : throw Undecided(root));
        LayoutFile.Keep(root, layout);
        return new(root, layout);
    }

    private static int ProjectsOf(CredentialOptions credentials) =>
        credentials.AccessKeys.SelectMany(key => key.Projects).Concat(credentials.Tokens.SelectMany(token => token.Projects)).Distinct().Count();

    private static bool HasFolders(string root) => Directory.EnumerateDirectories(root).Any(folder => !Path.GetFileName(folder).StartsWith('.'));

    // A project that is added must not be given the videos of another, nor lose sight of its own.
    private static InvalidOperationException Undecided(string root) => new(
        $$"""
        The folders in {{root}} are buckets of every project, and there are credentials of more than one project now. Say in the configuration whose they are, by one of these lines:
        "Media": { "Layout": "Shared", "Buckets": [ { "Name": "videos", "Readers": [ "a-project" ], "Writers": [ "another" ] } ] }
        keeps them where they are, each for the projects that are named ("*" is every project);
        "Media": { "Layout": "PerProject" }
        gives each project buckets of its own: first move each folder into one with the name of its project, and delete the file {{LayoutFile.Name}}, if it is there.
        """);

    private static MediaSection Read(IConfigurationSection configuration)
    {
        try
        {
            var section = configuration.Get<MediaSection>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
            return section.Layout is null || Enum.IsDefined(section.Layout.Value) ? section : throw new InvalidOperationException("Numbers are no layouts.");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException(
                "The section Media has a name or a value that is not understood: it has Layout (Shared or PerProject) and the list Buckets (Name, Readers, Writers).", exception);
        }
    }

    private sealed class MediaSection
    {
        public BucketLayout? Layout { get; set; }

        public List<BucketBinding> Buckets { get; } = [];
    }
}

/// <summary>The buckets that the configuration binds; where it binds none and each project has a folder, the folders in that.</summary>
internal sealed class ServerBuckets(ConfiguredBuckets configured, MediaChoice media) : IBucketAccess
{
    /// <inheritdoc/>
    public ValueTask<bool> MayUseAsync(ProjectId project, string bucket, BucketUse use, CancellationToken cancellationToken) =>
        configured.Any || media.Layout == BucketLayout.Shared
            ? configured.MayUseAsync(project, bucket, use, cancellationToken)
            : new(MediaObject.IsBucket(bucket) && Directory.Exists(Path.Combine(media.Root, project.Value, bucket)));
}
