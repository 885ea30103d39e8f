using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>A connection that says exactly what it is given, and stays open for the next request.</summary>
public sealed class AuthConnection(int port) : IDisposable
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    private TcpClient? client;

    /// <summary>Sends a request and reads its answer; connects again when the server has hung up on the last one.</summary>
    public async Task<WireAnswer> SendAsync(byte[] request)
    {
        using var patience = new CancellationTokenSource(Hang);
        if (client is null)
        {
            client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, patience.Token);
        }

        var stream = client.GetStream();
        await stream.WriteAsync(request, patience.Token);
        var answer = await ReadAsync(stream, patience.Token);
        if (answer.Closes)
        {
            client.Dispose();
            client = null;
        }

        return answer.Answer;
    }

    public void Dispose() => client?.Dispose();

    private static async Task<(WireAnswer Answer, bool Closes)> ReadAsync(NetworkStream stream, CancellationToken patience)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, patience);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            if (count == 0 || IsWhole(text.ToString()))
            {
                return Parse(text.ToString());
            }
        }
    }

    private static bool IsWhole(string text)
    {
        var (head, body) = Split(text);
        return body is not null && (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal)
            ? body.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
            : body.Length >= int.Parse(Header(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture));
    }

    private static (WireAnswer Answer, bool Closes) Parse(string text)
    {
        var (head, body) = Split(text);
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
        {
            // Our answers are one chunk.
            body = body!.Split("\r\n")[1];
        }

        return (
            new WireAnswer(int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture), Header(head, "Content-Type")?.Split(';')[0], Header(head, "X-Request-Id"), Header(head, "Retry-After"), body ?? ""),
            Header(head, "Connection") == "close");
    }

    private static (string Head, string? Body) Split(string text) =>
        text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end ? (text[..(end + 2)], text[(end + 4)..]) : (text, null);

    private static string? Header(string head, string name) => head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))?[(name.Length + 2)..];
}
