using System.Collections;

namespace SnapshotTasks.Tests;

/// <summary>Publishing that does not come to its end.</summary>
public sealed class PictureFolderTests : IDisposable
{
    private static readonly string[] Names = ["0.jpg", "1.jpg"];

    private readonly CaptureStudio studio = new();

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task A_worker_frozen_while_it_published_takes_no_picture_from_the_one_that_took_over()
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        using var frozen = FolderOf(task, "frozen");

        frozen.Invoking(folder => folder.Publish(new FrozenAfterTheFirst(() =>
        {
            using var second = FolderOf(task with { Attempt = task.Attempt + 1 }, "second");
            second.Publish(Names);
        }))).Should().Throw<FileNotFoundException>();

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

            folder.Invoking(it => it.Publish(Names)).Should().Throw<IOException>();
        }

        studio.Content().Should().Equal("out", "out/1.jpg");
    }

    private PictureFolder FolderOf(SnapshotTask task, string content)
    {
        var folder = PictureFolder.Create(new MediaFolder(studio.Root), task);
        foreach (var number in Enumerable.Range(0, Names.Length))
        {
            File.WriteAllText(folder.PathOf(number), content);
        }

        return folder;
    }

    /// <summary>The names, between the first and the second of which something else happens.</summary>
    private sealed class FrozenAfterTheFirst(Action meanwhile) : IReadOnlyList<string>
    {
        public int Count => Names.Length;

        public string this[int index] => Names[index];

        public IEnumerator<string> GetEnumerator()
        {
            yield return Names[0];
            meanwhile();
            yield return Names[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
