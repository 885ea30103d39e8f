namespace SnapshotTasks.Campaign;

/// <summary>How the hosts of a campaign are set up.</summary>
/// <param name="Folder">Where everything of the campaign is.</param>
/// <param name="Command">The command line of a host before its options.</param>
/// <param name="Store">The options of its store.</param>
/// <param name="Receiver">Who receives webhooks.</param>
internal sealed record FleetSettings(string Folder, IReadOnlyList<string> Command, IReadOnlyList<string> Store, Uri Receiver)
{
    /// <summary>Short, so that a freeze of a few seconds is longer; and how often a worker looks for work.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2), Poll = TimeSpan.FromSeconds(0.5);

    /// <summary>How many tasks a worker runs at once, and how many attempts a task has: more than the kills of a campaign usually take from one.</summary>
    public const int Slots = 2, MaxAttempts = 8;

    public string Data => Path.Combine(Folder, "data");
}

/// <summary>The hosts: one that only accepts and cancels, and two workers; each has a place and is started there again and again.</summary>
internal sealed class Fleet(FleetSettings settings, Journal journal) : IAsyncDisposable
{
    private const int MostTries = 10;

    private readonly Lock gate = new();
    private readonly Place[] places = [.. ((string[])["api", "worker-1", "worker-2"]).Select(name =>
        new Place(name, name == "api" ? HostRole.Api : HostRole.Worker, new Programs(Path.Combine(settings.Folder, "programs", name))))];
    private int starts;

    private string LastRefused { get; set; } = "";

    /// <summary>Every host that runs, also one that is not ready yet.</summary>
    public IReadOnlyList<HostProcess> Alive
    {
        get
        {
            lock (gate)
            {
                return [.. places.Select(place => place.Host).OfType<HostProcess>()];
            }
        }
    }

    /// <summary>The programs of each worker, whichever host is in its place.</summary>
    public IReadOnlyList<Programs> WorkersPrograms => [.. places.Where(place => place.Role == HostRole.Worker).Select(place => place.Programs)];

    /// <summary>The hosts that serve, frozen or not.</summary>
    public IReadOnlyList<HostProcess> Ready => [.. Alive.Where(host => host.Address is not null)];

    /// <summary>
    /// Starts hosts in the places that are empty; returns when all are ready that nobody has killed meanwhile. One that does
    /// not start because its database does not is started again, as whatever supervises a server does.
    /// </summary>
    public async Task RefillAsync()
    {
        for (var tries = 1; !await TryRefillAsync(); tries++)
        {
            if (tries == MostTries)
            {
                throw new InvalidOperationException($"A host does not start: {await File.ReadAllTextAsync(LogOf(LastRefused))}");
            }

            await Task.Delay(TimeSpan.FromSeconds(0.5));
        }
    }

    private async Task<bool> TryRefillAsync()
    {
        List<HostProcess> started;
        lock (gate)
        {
            started = [.. places.Where(place => place.Host is null).Select(place => place.Host = Start(place))];
        }

        var refused = new List<HostProcess>();
        foreach (var host in started)
        {
            if (!await host.BecomesReadyAsync() && Alive.Contains(host))
            {
                refused.Add(host);
                LastRefused = host.Name;
            }
        }

        Leave(refused);
        return refused.Count == 0;
    }

    public async Task KillAsync(params IReadOnlyList<HostProcess> hosts)
    {
        // No client is sent to them any more; those that are there notice.
        Leave(hosts);
        await Task.WhenAll(hosts.Select(host => host.KillAsync()));
        await ReportOrphansAsync();
    }

    public async Task StopAsync(HostProcess host)
    {
        Leave([host]);
        await host.StopAsync();
        await ReportOrphansAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Alive)
        {
            await host.KillAsync();
        }
    }

    private Task ReportOrphansAsync() => Captures.ReportOrphansAsync(settings.Data, () => [.. Alive.Select(host => host.Id)], journal);

    private void Leave(IReadOnlyList<HostProcess> hosts)
    {
        lock (gate)
        {
            foreach (var place in places.Where(place => place.Host is { } host && hosts.Contains(host)))
            {
                place.Host = null;
            }
        }
    }

    private HostProcess Start(Place place)
    {
        var name = $"{place.Name}.{++starts}";
        var slots = place.Role == HostRole.Worker ? FleetSettings.Slots : 0;
        return HostProcess.Start(
            [.. settings.Command, "--data", settings.Data, "--config", Config(), "--concurrency", $"{slots}", .. settings.Store],
            name, place.Role, LogOf(name), place.Programs.Folder, journal);
    }

    private string LogOf(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(settings.Folder, "hosts")).FullName, $"{name}.log");

    private string Config()
    {
        var file = Path.Combine(settings.Folder, "config.json");
        if (!File.Exists(file))
        {
            File.WriteAllText(file, $$"""
                {
                  "Worker": {
                    "Lease": "{{FleetSettings.Lease}}", "Poll": "{{FleetSettings.Poll}}", "Shutdown": "00:00:02", "MaxAttempts": {{FleetSettings.MaxAttempts}},
                    "RetryDelay": "00:00:00.1", "MaxRetryDelay": "00:00:00.5"
                  },
                  "Webhooks": {
                    "Endpoints": [{ "Name": "campaign", "Address": "{{settings.Receiver}}", "Secret": "{{WebhookReceiver.Secret}}" }],
                    "AllowPrivateAddresses": ["127.0.0.1"]
                  }
                }
                """);
        }

        return file;
    }

    private sealed class Place(string name, HostRole role, Programs programs)
    {
        public Programs Programs { get; } = programs;

        public string Name { get; } = name;

        public HostRole Role { get; } = role;

        public HostProcess? Host { get; set; }
    }
}
