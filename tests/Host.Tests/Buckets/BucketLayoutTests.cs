using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

/// <summary>Where in a media root the buckets are, and that this stays so.</summary>
public sealed class BucketLayoutTests : IDisposable
{
    private static readonly Publication[] Publications = [new("taken.jpg", "0.jpg")];

    private readonly string root = Directory.CreateTempSubdirectory("snapshot-layout-").FullName;

    private string LayoutPath => Path.Combine(root, ".snapshots-layout");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(BucketLayout.Shared, "videos/a.mp4", "pictures/out/0.jpg")]
    [InlineData(BucketLayout.PerProject, "shop/videos/a.mp4", "shop/pictures/out/0.jpg")]
    public async Task A_project_reads_and_writes_where_the_layout_says(BucketLayout layout, string video, string picture)
    {
        foreach (var place in new[] { "videos/a.mp4", "shop/videos/a.mp4", "bank/videos/a.mp4" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, place))!);
            await File.WriteAllTextAsync(Path.Combine(root, place), place, TestContext.Current.CancellationToken);
        }

        var (media, task) = (Media(layout), await ClaimedAsync("shop"));

        using (var input = await media.FetchAsync(task, TestContext.Current.CancellationToken))
        using (var reader = new StreamReader(new FileStream(input.File, FileAccess.Read)))
        {
            (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Should().Be(video);
        }

        await PublishAsync(media, task);
        Directory.GetFiles(root, "0.jpg", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Should().Equal(picture);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task A_project_that_no_submission_would_name_leads_nowhere(string project)
    {
        Directory.CreateDirectory(Path.Combine(root, "a/b/videos"));
        var (media, task) = (Media(BucketLayout.PerProject), await ClaimedAsync(project));

        (await media.Awaiting(it => it.FetchAsync(task, CancellationToken.None)).Should().ThrowAsync<CaptureFailedException>()).WithMessage("*leads out of its place.");
        (await media.Awaiting(it => it.OpenAsync(task, CancellationToken.None)).Should().ThrowAsync<CaptureFailedException>()).WithMessage("*leads out of its place.");
    }

    [Theory]
    [InlineData(".snapshots")]
    [InlineData(".hidden")]
    public async Task A_hidden_bucket_is_refused_by_the_worker_too(string bucket)
    {
        Directory.CreateDirectory(Path.Combine(root, bucket));
        await File.WriteAllTextAsync(Path.Combine(root, bucket, "a.mp4"), "x", TestContext.Current.CancellationToken);
        var (media, task) = (Media(BucketLayout.Shared), await ClaimedAsync("shop", bucket));

        (await media.Awaiting(it => it.FetchAsync(task, CancellationToken.None)).Should().ThrowAsync<CaptureFailedException>()).WithMessage("*leads out of its place.");
        (await media.Awaiting(it => it.OpenAsync(task, CancellationToken.None)).Should().ThrowAsync<CaptureFailedException>()).WithMessage("*leads out of its place.");
    }

    [Theory]
    [InlineData(BucketLayout.Shared, BucketLayout.Shared)]
    [InlineData(BucketLayout.Shared, BucketLayout.PerProject)]
    [InlineData(BucketLayout.PerProject, BucketLayout.Shared)]
    [InlineData(BucketLayout.PerProject, BucketLayout.PerProject)]
    public void The_layout_is_kept_in_the_root_and_another_one_is_refused(BucketLayout first, BucketLayout then)
    {
        _ = Media(first);
        File.ReadAllText(LayoutPath).Should().Be($"{first}\n");

        var again = FluentActions.Invoking(() => Media(then));

        if (first == then)
        {
            again.Should().NotThrow();
        }
        else
        {
            again.Should().Throw<InvalidOperationException>().WithMessage(
                $"The buckets of the media root {root} have the layout {first}, as its file .snapshots-layout says, and not {then}: "
                + "set the layout that they have, or move them and then delete the file.");
        }

        Directory.GetFileSystemEntries(root).Should().Equal(LayoutPath);
        File.ReadAllText(LayoutPath).Should().Be($"{first}\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("shared")]
    [InlineData("1")]
    public void A_layout_file_with_another_word_is_refused_and_left_as_it_is(string content)
    {
        File.WriteAllText(LayoutPath, content);

        FluentActions.Invoking(() => Media(BucketLayout.Shared)).Should().Throw<InvalidOperationException>()
            .WithMessage($"The file {LayoutPath} must have one word, Shared or PerProject.");
        File.ReadAllText(LayoutPath).Should().Be(content);
    }

    [Fact]
    public void Of_many_that_start_at_once_with_different_layouts_those_of_one_go_on()
    {
        var layouts = Enumerable.Range(0, 32).Select(number => (BucketLayout)(number % 2)).ToList();

        var started = layouts.AsParallel().WithDegreeOfParallelism(16).Where(layout =>
        {
            try
            {
                _ = Media(layout);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }).ToList();

        started.Should().HaveCount(16).And.AllBeEquivalentTo(Enum.Parse<BucketLayout>(File.ReadAllText(LayoutPath)));
        Directory.GetFileSystemEntries(root).Should().Equal(LayoutPath);
    }

    [Theory]
    [InlineData(BucketLayout.Shared, "*have the layout PerProject*")]
    [InlineData((BucketLayout)7, "The capture's Layout must be Shared or PerProject.")]
    public async Task A_host_does_not_start_with_a_layout_that_its_root_does_not_have(BucketLayout layout, string sentence)
    {
        _ = Media(BucketLayout.PerProject);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker().AddFfmpeg(ffmpeg => (ffmpeg.MediaRoot, ffmpeg.Layout) = (root, layout)));
        using var host = builder.Build();

        await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<Exception>().WithMessage(sentence);
    }

    private static async Task<SnapshotTask> ClaimedAsync(string project, string? bucket = null)
    {
        var store = new InMemoryTaskStore(TimeProvider.System);
        var request = new SnapshotRequest(new(bucket ?? "videos", "here", "a.mp4"), new(bucket ?? "pictures", "here", "out"), Sampling.At(TimeSpan.Zero));
        await store.AddAsync(new NewTask(new ProjectId(project), request));
        return (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Single().Task;
    }

    private static async Task PublishAsync(MediaFolder media, SnapshotTask task)
    {
        using var folder = await media.OpenAsync(task, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(folder.Directory, Publications[0].File), "picture");
        await folder.PublishAsync(Publications, CancellationToken.None);
    }

    private MediaFolder Media(BucketLayout layout) => new(Options.Create(new FfmpegOptions { MediaRoot = root, Layout = layout }));
}
