using System.Net;

namespace SnapshotTasks;

/// <summary>Where the server listens, and whether it may.</summary>
internal sealed class Listening(string urls, IConfiguration configuration)
{
    // The web server also takes endpoints from its own section, in place of the urls.
    private readonly List<BindingAddress> addresses =
        [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>())
            .Select(Parse)];

    private IEnumerable<BindingAddress> BeyondLoopback => addresses.Where(address => !IsLoopback(address));

    /// <summary>Those whom anybody on the way can read and change.</summary>
    public IReadOnlyList<string> InTheClear => [.. BeyondLoopback.Where(address => address is { Scheme: "http", IsUnixPipe: false }).Select(address => $"{address}")];

    /// <exception cref="InvalidOperationException">Strangers could reach it, and no caller would have to prove who it is.</exception>
    public void RefuseWithoutCredential()
    {
        if (BeyondLoopback.FirstOrDefault() is { } open)
        {
            throw new InvalidOperationException(
                $"{open} is not loopback, and without a credential the server listens on loopback only: configure one in the file of --config, "
                + """for example { "Credentials": { "Tokens": [ { "Token": "a long random text", "Projects": [ "demo" ] } ] } }.""");
        }
    }

    private static bool IsLoopback(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new InvalidOperationException($"--urls {url} is not an address such as http://127.0.0.1:8080.");
        }
    }
}
