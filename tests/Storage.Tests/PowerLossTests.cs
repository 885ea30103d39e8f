using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>
/// What callers were told survives a power loss. A real run is recorded, call by call; for every moment of it the files are
/// rebuilt as the disk may have left them, opened, and held against what had been acknowledged by then.
/// </summary>
public sealed class PowerLossTests : IDisposable
{
    private const string Wanted = "SNAPSHOT_TASKS_POWER_LOSS_IMAGES";

    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-tasks-power-").FullName;

    // Opening an image syncs it as well: in memory that costs nothing.
    private readonly string images = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"snapshot-tasks-power-{Guid.NewGuid():N}")).FullName;

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        Directory.Delete(images, recursive: true);
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_or_different_after_a_power_loss()
    {
        var wanted = int.Parse(Environment.GetEnvironmentVariable(Wanted) ?? "600", CultureInfo.InvariantCulture);

        var result = await ReplayAsync(ChildRole.WorkDurably, points => Math.Max(2, ((wanted - 1) / points) + 1));

        Console.WriteLine($"Power loss: {result}");
        result.Images.Should().BeGreaterThanOrEqualTo(wanted);
        result.Acknowledged.Should().BeGreaterThan(100);
        result.Checkpoints.Should().BeGreaterThan(3, "a checkpoint is when the file itself is written");
        result.Broken.Should().BeEmpty();
    }

    [Fact]
    public async Task A_store_that_does_not_sync_its_commits_is_caught()
    {
        var result = await ReplayAsync(ChildRole.WorkWithoutSyncs, _ => 1);

        Console.WriteLine($"Power loss with synchronous = normal: {result}");
        result.Broken.Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_store_that_answers_before_it_commits_is_caught()
    {
        var result = await ReplayAsync(ChildRole.WorkAndAnswerBeforeTheCommit, _ => 1);

        Console.WriteLine($"Power loss with answers before the commit: {result}");
        result.Broken.Should().NotBeEmpty();
    }

    /// <summary>Loses power at every moment of a run: the first time all that was not synced is gone, then some of it by chance.</summary>
    private async Task<Result> ReplayAsync(ChildRole role, Func<int, int> passesOver)
    {
        var directory = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        var events = await DiskTrace.RecordAsync(role, directory);
        var points = events.Where(made => made is not DiskEvent.Say say || Acknowledged.Read(say.Line) is not null).ToList();
        var passes = passesOver(points.Count);
        var acknowledged = new List<Acknowledged>();
        var broken = new List<string>();
        var disk = new SimulatedDisk(directory);
        foreach (var (index, made) in points.Index())
        {
            disk.Apply(made);
            if (made is DiskEvent.Say { Line: var line })
            {
                acknowledged.Add(Acknowledged.Read(line)!);
            }

            for (var pass = 0; pass < passes; pass++)
            {
                var image = disk.AfterPowerLoss(pass == 0 ? null : new Random((pass * 1_000_003) + index));
                if (await WhatIsBroken(image, acknowledged) is { } what)
                {
                    broken.Add($"point {index}, pass {pass}: {what}");
                }
            }
        }

        // The recording is whole when it ends with the file that is really there.
        var left = disk.Content().Should().ContainSingle().Subject;
        left.Value.Should().Equal(await File.ReadAllBytesAsync(left.Key));
        var checkpoints = points.Count(made => made is DiskEvent.Sync { Path: var path } && path == left.Key);
        return new(points.Count, points.Count * passes, acknowledged.Count, checkpoints, broken);
    }

    private async Task<string?> WhatIsBroken(Dictionary<string, byte[]> image, List<Acknowledged> acknowledged)
    {
        var directory = Directory.CreateDirectory(Path.Combine(images, "image")).FullName;
        foreach (var (name, content) in image)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, Path.GetFileName(name)), content);
        }

        try
        {
            object? intact = null;
            await using var store = new SqliteTaskStore(
                Path.Combine(directory, "tasks.db"),
                TimeProvider.System,
                new SqliteStatements(),
                connection => intact = SqliteConnections.Execute(connection, "pragma integrity_check"));
            var rows = (await store.ListAsync(new TaskFilter(PowerLossWorkload.Project), 0, 1000)).ToDictionary(task => task.Id);
            return intact is not "ok" ? $"integrity_check: {intact}"
                : acknowledged.Find(told => !told.IsKeptBy(rows.GetValueOrDefault(told.Id))) is { } lost ? $"not kept: {lost}"
                : null;
        }
        catch (Exception error) when (error is StoreUnavailableException or Microsoft.Data.Sqlite.SqliteException)
        {
            return error.Message;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private sealed record Result(int Points, int Images, int Acknowledged, int Checkpoints, List<string> Broken)
    {
        public override string ToString() =>
            $"{Images} images of {Points} moments, {Acknowledged} acknowledgements, {Checkpoints} syncs of the file, {Broken.Count} broken images"
            + (Broken.Count == 0 ? "" : $", the first at {Broken[0]}");
    }
}
