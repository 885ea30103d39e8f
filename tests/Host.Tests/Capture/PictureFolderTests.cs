using System.Collections;

namespace SnapshotTasks.Tests;

/// <summary>Publishing that does not come to its end.</summary>
public sealed class PictureFolderTests : IDisposable
{
    private static readonly Publication[] Publications = [new("first.jpg", "0.jpg"), new("second.jpg", "1.jpg")];

    private readonly CaptureStudio studio = new();

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task A_worker_frozen_while_it_published_takes_no_picture_from_the_one_that_took_over()
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        using var frozen = FolderOf(task, "frozen");
        var interrupted = new FrozenAfterTheFirst(() =>
        {
            using var second = FolderOf((Rows.Of(task) with { Attempt = task.Attempt + 1 }).Restore(), "second");
            second.PublishAsync(Publications, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        });

        await frozen.Awaiting(folder => folder.PublishAsync(interrupted, CancellationToken.None)).Should().ThrowAsync<FileNotFoundException>();

        frozen.Dispose();
        studio.Content().Should().Equal("out", "out/0.jpg", "out/1.jpg");
        Publications.Select(it => File.ReadAllText(studio.PathOf($"out/{it.Name}"))).Should().Equal("second", "second");
    }

    [Fact]
    public async Task Pictures_that_cannot_all_be_published_are_all_taken_back()
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        using (var folder = FolderOf(task, "picture"))
        {
            Directory.CreateDirectory(studio.PathOf("out/1.jpg"));

            await folder.Awaiting(it => it.PublishAsync(Publications, CancellationToken.None)).Should().ThrowAsync<IOException>();
        }

        studio.Content().Should().Equal("out", "out/1.jpg");
    }

    private PictureFolder FolderOf(SnapshotTask task, string content)
    {
        var folder = PictureFolder.Create(studio.Media, task);
        foreach (var (file, _) in Publications)
        {
            File.WriteAllText(Path.Combine(folder.Directory, file), content);
        }

        return folder;
    }

    /// <summary>The pictures, between the first and the second of which something else happens.</summary>
    private sealed class FrozenAfterTheFirst(Action meanwhile) : IReadOnlyList<Publication>
    {
        public int Count => Publications.Length;

        public Publication this[int index] => Publications[index];

        public IEnumerator<Publication> GetEnumerator()
        {
            yield return Publications[0];
            meanwhile();
            yield return Publications[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
