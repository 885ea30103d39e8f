namespace SnapshotTasks.Tests;

/// <summary>Somebody who may write in a bucket exchanges files and directories for symbolic links all the time.</summary>
public sealed class MediaRaceTests : IDisposable
{
    private const int Tries = 5_000;

    private readonly CaptureStudio studio = new();

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task An_input_exchanged_for_a_link_is_refused_or_read_as_it_was_and_never_followed()
    {
        var outside = Path.Combine(studio.Elsewhere, "secret");
        await File.WriteAllTextAsync(outside, "outside", TestContext.Current.CancellationToken);
        var (video, file, link) = (studio.PathOf("video.mp4"), studio.PathOf("file"), studio.PathOf("link"));
        await File.WriteAllTextAsync(video, "inside", TestContext.Current.CancellationToken);
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.At(1)));
        var (read, refused) = (0, 0);

        await WhileAsync(
            () =>
            {
                File.CreateSymbolicLink(link, outside);
                File.Move(link, video, overwrite: true);
                File.WriteAllText(file, "inside");
                File.Move(file, video, overwrite: true);
            },
            async () =>
            {
                try
                {
                    using var input = await studio.Media.FetchAsync(task, CancellationToken.None);
                    var content = new byte[10];
                    System.Text.Encoding.ASCII.GetString(content, 0, RandomAccess.Read(input.File, content, 0)).Should().Be("inside");
                    read++;
                }
                catch (CaptureFailedException failed)
                {
                    failed.Message.Should().Contain("symbolic link");
                    refused++;
                }
            });

        read.Should().BePositive();
        refused.Should().BePositive();
    }

    [Fact]
    public async Task Pictures_are_published_in_the_directory_itself_and_never_where_a_link_in_its_place_leads()
    {
        var (target, parked) = (studio.PathOf("out"), studio.PathOf("parked"));
        Directory.CreateDirectory(target);
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.At(1)));
        var (published, refused) = (0, 0);

        await WhileAsync(
            () =>
            {
                try
                {
                    Directory.Move(target, parked);
                    File.CreateSymbolicLink(target, studio.Elsewhere);
                    File.Delete(target);
                    Directory.Move(parked, target);
                }
                catch (IOException)
                {
                    // The attempt has made a directory of its own meanwhile.
                    Clear(target, parked);
                }
            },
            async () =>
            {
                try
                {
                    using var folder = PictureFolder.Create(studio.Media, task);
                    await File.WriteAllBytesAsync(Path.Combine(folder.Directory, "picture"), [0xFF, 0xD8, 0xFF], TestContext.Current.CancellationToken);
                    await folder.PublishAsync([new("picture", "1.jpg")], CancellationToken.None);
                    published++;
                }
                catch (Exception exception) when (exception is CaptureFailedException or IOException)
                {
                    refused++;
                }
            });

        Directory.GetFileSystemEntries(studio.Elsewhere).Should().BeEmpty();
        published.Should().BePositive();
        refused.Should().BePositive();
    }

    private static void Clear(string target, string parked)
    {
        if (new FileInfo(target).LinkTarget is not null)
        {
            File.Delete(target);
        }

        if (Directory.Exists(parked))
        {
            Directory.Delete(parked, recursive: true);
        }

        Directory.CreateDirectory(target);
    }

    private static async Task WhileAsync(Action exchange, Func<Task> attempt)
    {
        using var done = new CancellationTokenSource();
        var exchanging = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    exchange();
                }
            },
            CancellationToken.None);
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                await attempt();
            }
        }
        finally
        {
            await done.CancelAsync();
            await exchanging;
        }
    }
}
