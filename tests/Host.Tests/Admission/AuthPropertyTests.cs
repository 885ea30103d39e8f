using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Random requests, signed by the tests' own signer, on a route that answers with the hash of the body it read.</summary>
public sealed class AuthPropertyTests : IAsyncLifetime
{
    private const string Characters = "aZ09-._~ /?#[]@!$&'()*+,;=:%\"<>\\^`{|}éß漢\u00a0";
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACEX", "A"];
    private static readonly string?[] ContentHashes = [null, "", "UNSIGNED-PAYLOAD"];

    private static readonly Gen<string> Text = Gen.Char[Characters].Array[0, 8].Select(letters => new string(letters));

    // A slash that is part of a segment is written as U+2215 here.
    private static readonly Gen<string> Path = Text.Select(text => text.Replace('/', '\u2215')).Array[0, 4].Select(segments => "/" + string.Join('/', segments));

    private static readonly Gen<(string Name, string Value)> Parameter = Gen.Select(Text.Where(text => text.Length > 0), Text, (name, value) => (name, value));

    private static readonly Gen<(string Name, string Value)> Header = Gen.Select(
        Gen.Char["abc-9_"].Array[1, 6].Select(letters => $"x-{new string(letters)}"), Text, (name, value) => (name, $"<{value}>"));

    private static readonly Gen<Case> Cases = Gen.Select(
        Gen.Select(Gen.Int[0, Methods.Length - 1].Select(index => Methods[index]), Path, Parameter.List[0, 5], Header.List[0, 5]),
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 2].Select(index => ContentHashes[index]), Gen.Int[-900, 900], Gen.Int[0, int.MaxValue]),
        (what, how) => new Case(what.Item1, what.Item2, what.Item3, what.Item4, how.Item1, how.Item2, how.Item3, how.Item4));

    private AuthServer server = null!;

    public async ValueTask InitializeAsync() => server = await AuthServer.StartAsync(
        AuthServer.Credentials,
        [],
        services => services.AddAuthorization(),
        app => app.Map("/{**path}", async (HttpRequest request) => Results.Text(Convert.ToHexStringLower(await SHA256.HashDataAsync(request.Body))))
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(SnapshotTasksAuthentication.SdkSignatureScheme).RequireAuthenticatedUser()));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public Task What_another_signer_signs_is_accepted_and_any_changed_bit_is_refused() => Cases.SampleAsync(
        async it =>
        {
            using var connection = new AuthConnection(server.Port);
            var random = new Random(it.Seed);
            var parts = Request(it, random).Sign();
            await MustBeAccepted(connection, parts);
            foreach (var (what, changed) in Changed(parts, it, random))
            {
                var answer = await connection.SendAsync(changed.ToBytes());
                (answer.Status is (>= 400 and < 500) or 505).Should().BeTrue($"{what}: {changed} was answered {answer.Status}");
                await MustBeAccepted(connection, parts); // One failure is forgotten by the next success, so no lock hides an answer.
            }
        },
        iter: 300);

    private static async Task MustBeAccepted(AuthConnection connection, AuthParts parts)
    {
        var answer = await connection.SendAsync(parts.ToBytes());
        answer.Status.Should().Be(200, $"{parts} {answer.Body}");
        answer.Body.Should().Be(Convert.ToHexStringLower(SHA256.HashData(parts.Body)));
    }

    private AuthRequest Request(Case it, Random random)
    {
        var headers = it.Headers.Append((Name: "Host", Value: "mpc.example.com")).ToArray();
        random.Shuffle(headers);
        return new AuthRequest(it.Method, it.Path, server.Time.GetUtcNow().AddSeconds(it.Seconds))
        {
            Query = it.Query,
            Headers = [.. headers],
            ToSign = [.. it.Headers.Select(header => header.Name).Where(_ => random.Next(2) == 0).Append("host")],
            Extra = [("SDK_EXCHANGE", "x"), (AuthServer.AddressHeader, $"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}")],
            Body = it.Body,
            ContentHash = it.ContentHash,
            Write = text => Written(text, random),
        };
    }

    // Every way a client may write the same text: what need not be encoded as it is or encoded, in upper or lower case.
    private static string Written(string text, Random random) => string.Concat(Encoding.UTF8.GetBytes(text).Select(octet =>
        "aZ09-._~!$'()*,;:@".Contains((char)octet, StringComparison.Ordinal) && random.Next(4) > 0 ? $"{(char)octet}"
        : random.Next(2) == 0 ? $"%{octet:X2}" : $"%{octet:x2}"));

    private static IEnumerable<(string What, AuthParts Changed)> Changed(AuthParts parts, Case it, Random random)
    {
        yield return ("method", parts with { Method = Flip(parts.Method, random) });
        yield return ("date", parts with { Date = Flip(parts.Date, random) });
        yield return ("signature", parts with { Signature = Flip(parts.Signature, random) });
        yield return ("key", parts with { AccessKey = Flip(parts.AccessKey, random) });
        foreach (var half in parts.Target.Split('?').Index())
        {
            for (var bit = 0; bit < 3; bit++)
            {
                var halves = parts.Target.Split('?');
                halves[half.Index] = Flip(half.Item, random);
                var target = string.Join('?', halves);
                if (target != $"{parts.Target[..^1]}?")
                {
                    // A slash at the end means the same as none, and so does a query without anything in it.
                    yield return (half.Index == 0 ? "path" : "query", parts with { Target = target });
                }
            }
        }

        foreach (var (index, (name, value)) in parts.Headers.Index().Where(header => parts.SignedNames.Split(';').Contains(header.Item.Name.ToLowerInvariant())))
        {
            var headers = parts.Headers.ToList();
            headers[index] = (name, Flip(value, random));
            yield return ("header", parts with { Headers = headers });
            yield return ("header left out", parts with { Headers = [.. parts.Headers.Where((_, other) => other != index)] });
        }

        if (it.Body.Length > 0 && it.ContentHash != "UNSIGNED-PAYLOAD")
        {
            yield return ("body", parts with { Body = Flip(parts.Body, random) });
        }
    }

    // Upper and lower case of an escape mean the same, so that bit is left alone: %2f is %2F.
    private static string Flip(string text, Random random)
    {
        while (true)
        {
            var octets = Encoding.Latin1.GetBytes(text);
            var (at, bit) = (random.Next(octets.Length), 1 << random.Next(8));
            if (bit == 0x20 && char.IsAsciiLetter((char)octets[at]) && text[Math.Max(0, at - 2)..at].Contains('%', StringComparison.Ordinal))
            {
                continue;
            }

            octets[at] ^= (byte)bit;
            return Encoding.Latin1.GetString(octets);
        }
    }

    private static byte[] Flip(byte[] octets, Random random)
    {
        var changed = (byte[])octets.Clone();
        changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private sealed record Case(
        string Method, string Path, List<(string Name, string Value)> Query, List<(string Name, string Value)> Headers, byte[] Body, string? ContentHash, int Seconds, int Seed);
}
