using System.Collections;
using System.Text;

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
        var interrupted = new Interrupted(() =>
        {
            using var second = FolderOf((Rows.Of(task) with { Attempt = task.Attempt + 1 }).Restore(), "second");
            second.PublishAsync(Publications, CancellationToken.None).IsCompletedSuccessfully.Should().BeTrue();
        });

        await frozen.Awaiting(folder => folder.PublishAsync(interrupted, CancellationToken.None)).Should().ThrowAsync<FileNotFoundException>();

        frozen.Dispose();
        studio.Content().Should().Equal("out", "out/0.jpg", "out/1.jpg");
        Publications.Select(it => File.ReadAllBytes(studio.PathOf($"out/{it.Name}"))).Should().AllBeEquivalentTo(Jpeg("second"));
    }

    [Fact]
    public async Task Pictures_that_cannot_all_be_published_are_all_taken_back()
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        using (var folder = FolderOf(task, "picture"))
        {
            var hindered = new Interrupted(() => Directory.CreateDirectory(studio.PathOf("out/1.jpg")));

            await folder.Awaiting(it => it.PublishAsync(hindered, CancellationToken.None)).Should().ThrowAsync<IOException>();
        }

        studio.Content().Should().Equal("out", "out/1.jpg");
    }

    [Theory, InlineData("a video"), InlineData("")]
    public async Task What_is_no_picture_is_never_replaced_by_one_whatever_its_name(string content)
    {
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(1)));
        Directory.CreateDirectory(studio.PathOf("out"));
        File.WriteAllText(studio.PathOf("out/1.jpg"), content);
        using (var folder = FolderOf(task, "picture"))
        {
            await folder.Awaiting(it => it.PublishAsync(Publications, CancellationToken.None)).Should().ThrowAsync<CaptureFailedException>();
        }

        studio.Content().Should().Equal("out", "out/1.jpg");
        File.ReadAllText(studio.PathOf("out/1.jpg")).Should().Be(content);
    }

    // As much of one as a picture is known by.
    private static byte[] Jpeg(string content) => [0xFF, 0xD8, 0xFF, .. Encoding.UTF8.GetBytes(content)];

    private PictureFolder FolderOf(SnapshotTask task, string content)
    {
        var folder = PictureFolder.Create(studio.Media, task);
        foreach (var (file, _) in Publications)
        {
            File.WriteAllBytes(Path.Combine(folder.Directory, file), Jpeg(content));
        }

        return folder;
    }

    /// <summary>The pictures, between the first and the second of which something else happens.</summary>
    private sealed class Interrupted(Action meanwhile) : IReadOnlyList<Publication>
    {
        private int enumerations;

        public int Count => Publications.Length;

        public Publication this[int index] => Publications[index];

        public IEnumerator<Publication> GetEnumerator()
        {
            yield return Publications[0];

            // Not while names are looked at, but while files are moved.
            if (++enumerations == 2)
            {
                meanwhile();
            }

            yield return Publications[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
