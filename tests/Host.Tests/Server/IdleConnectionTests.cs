using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Callers who do nothing, more of them than the process has descriptors for.</summary>
public sealed class IdleConnectionTests : IDisposable
{
    private const int Descriptors = 600, Idle = 2_000, Trickling = 400;

    // Fewer than the system keeps for a server that does not come to them.
    private const int Waiting = 450;

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;
    private readonly List<Socket> sockets = [];

    public void Dispose()
    {
        sockets.ForEach(socket => socket.Dispose());
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task The_server_answers_others_within_a_second_however_many_do_nothing_or_trickle_and_loses_nothing()
    {
        await using var server = await StartAsync();
        var id = await server.SubmitAsync("{}", "out");
        var took = new List<TimeSpan>();
        for (var number = 1; number <= Idle; number++)
        {
            await OpenAsync(server, number <= Trickling ? "GET /v1/p/thumbnails HTTP/1.1\r\nX-Slow: " : "");
            if (number % 200 == 0)
            {
                took.Add(await AnswerAsync(server, id));
            }
        }

        // Of a machine that other tests keep busy as well, an answer may once be late.
        took.Order().ElementAt(took.Count / 2).Should().BeLessThan(TimeSpan.FromSeconds(1));
        took.Max().Should().BeLessThan(TimeSpan.FromSeconds(5));
        (await server.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_server_that_had_no_time_outlives_all_the_callers_who_came_meanwhile()
    {
        await using var server = await StartAsync();
        var id = await server.SubmitAsync("{}", "out");
        for (var round = 0; round < 3; round++)
        {
            await server.SignalAsync("STOP");
            for (var number = 0; number < Waiting; number++)
            {
                await OpenAsync(server, "");
            }

            await server.SignalAsync("CONT");
            await AnswerAsync(server, id);
        }

        (await server.StopAsync()).Should().Be(0);
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartCommandAsync(
        "bash", ["-c", $"ulimit -n {Descriptors}; exec dotnet '{ServerProcess.Dll}' serve --urls http://127.0.0.1:0 --data '{data}' --concurrency 0"]);

    private async Task OpenAsync(ServerProcess server, string beginning)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(socket);
        await socket.ConnectAsync("127.0.0.1", server.Client.BaseAddress!.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(beginning));
    }

    private static async Task<TimeSpan> AnswerAsync(ServerProcess server, string id)
    {
        using var another = new HttpClient { BaseAddress = server.Client.BaseAddress };
        var clock = Stopwatch.StartNew();

        (await another.GetStringAsync($"/v1/p/thumbnails?task_id={id}")).Should().Contain("WAITING");

        return clock.Elapsed;
    }
}
