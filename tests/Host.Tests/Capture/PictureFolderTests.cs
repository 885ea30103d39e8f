using System.Collections;

namespace SnapshotTasks.Tests;

/// <summary>Publishing that does not come to its end.</summary>
public sealed class PictureFolderTests : IDisposable
{
    private static readonly string[] Names = ["0.jpg", "1.jpg"], Files = ["00000.jpg", "00001.jpg"];

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
            second.PublishAsync(Files, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        });

        await frozen.Awaiting(folder => folder.PublishAsync(interrupted, CancellationToken.None)).Should().ThrowAsync<FileNotFoundException>();

        frozen.Dispose();
        studio.Content().Should().Equal("out", "out/0.jpg", "out/1.jpg");
        Names.Select(name => File.ReadAllText(studio.PathOf($"out/{name}"))).Should().Equal("second", "second");
    }

    [Fact]
    public async Task Pictures_that_cannot_all_be_published_are_all_taken_back()
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        using (var folder = FolderOf(task, "picture"))
        {
            Directory.CreateDirectory(studio.PathOf("out/1.jpg"));

            await folder.Awaiting(it => it.PublishAsync(Files, CancellationToken.None)).Should().ThrowAsync<IOException>();
        }

        studio.Content().Should().Equal("out", "out/1.jpg");
    }

    private PictureFolder FolderOf(SnapshotTask task, string content)
    {
        var folder = PictureFolder.Create(studio.Media, task, Names);
        foreach (var file in Files)
        {
            File.WriteAllText(Path.Combine(folder.Directory, file), content);
        }

        return folder;
    }

    /// <summary>The files, between the first and the second of which something else happens.</summary>
    private sealed class FrozenAfterTheFirst(Action meanwhile) : IReadOnlyList<string>
    {
        public int Count => Files.Length;

        public string this[int index] => Files[index];

        public IEnumerator<string> GetEnumerator()
        {
            yield return Files[0];
            meanwhile();
            yield return Files[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
