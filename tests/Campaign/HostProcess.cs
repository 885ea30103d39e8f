using System.Diagnostics;
using System.Text.Json;

namespace SnapshotTasks.Campaign;

/// <summary>One host in a process of its own, from its start to its end.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Journal journal;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool ending;

    private HostProcess(string name, HostRole role, Process process, Journal journal) =>
        (Name, Role, this.process, this.journal, Id) = (name, role, process, journal, process.Id);

    /// <summary>The name of this start: no other host has it.</summary>
    public string Name { get; }

    public HostRole Role { get; }

    public int Id { get; }

    /// <summary>Where it listens, once it is ready.</summary>
    public Uri? Address { get; private set; }

    public bool IsFrozen { get; private set; }

    /// <summary>Starts a host.</summary>
    /// <param name="command">The command line of a host, with its options.</param>
    /// <param name="name">The name of this start.</param>
    /// <param name="role">What it does.</param>
    /// <param name="log">The file for what it says.</param>
    /// <param name="programs">A folder of programs that it finds before others.</param>
    /// <param name="journal">Where its life is written down.</param>
    public static HostProcess Start(IReadOnlyList<string> command, string name, HostRole role, string log, string programs, Journal journal)
    {
        string[] arguments = [.. command, "--urls", "http://127.0.0.1:0", "--log-format", "json"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var secret in start.Environment.Keys.Where(key => key.Contains("Credentials__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(secret); // The clients of a campaign have none.
        }

        start.Environment["PATH"] = $"{programs}{Path.PathSeparator}{start.Environment["PATH"]}";
        var host = new HostProcess(name, role, Process.Start(start)!, journal);
        _ = Task.Run(() => host.ListenAsync(log));
        return host;
    }

    /// <summary>Waits until it says that it is ready; false when it was ended before.</summary>
    public async Task<bool> BecomesReadyAsync()
    {
        var ready = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (ready?.Split(' ', ',').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is { } address)
        {
            journal.Write(at => new HostUp(at, Name, Role));
            Address = new Uri(address);
        }

        return Address is not null;
    }

    public async Task KillAsync()
    {
        ending = true;
        Signals.SendKill(Id);
        journal.Write(at => new HostDown(at, Name, Role, IsFrozen ? HostEnd.KilledFrozen : HostEnd.Killed));
        await EndAsync();
    }

    /// <summary>SIGTERM: it ends with 0, or that is a finding.</summary>
    public async Task StopAsync()
    {
        ending = true;
        Signals.SendTerminate(Id);
        await EndAsync();
        journal.Write(at => new HostDown(at, Name, Role, process.ExitCode == 0 ? HostEnd.Stopped : HostEnd.ByItself) { ExitCode = process.ExitCode });
    }

    public void Freeze()
    {
        Signals.SendStop(Id);
        IsFrozen = true;
        journal.Write(at => new HostFrozen(at, Name));
    }

    /// <summary>Waits until the last of its threads has stopped: on a busy machine the others run on until the signal has come through.</summary>
    public async Task IsFrozenThroughoutAsync()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience && !Signals.AllThreadsHaveStopped(Id);)
        {
            await Task.Delay(5);
        }
    }

    public void Thaw()
    {
        journal.Write(at => new HostThawed(at, Name));
        IsFrozen = false;
        Signals.SendContinue(Id);
    }

    public void Dispose() => process.Dispose();

    private async Task EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        await ended.Task.WaitAsync(Patience);
    }

    private async Task ListenAsync(string log)
    {
        await using (var file = new StreamWriter(log) { AutoFlush = true })
        {
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                await file.WriteLineAsync(line);
                Understand(line);
            }
        }

        if (!ending)
        {
            await process.WaitForExitAsync();
            var end = Address is null && process.ExitCode == 1 ? HostEnd.NotStarted : HostEnd.ByItself;
            journal.Write(at => new HostDown(at, Name, Role, end) { ExitCode = process.ExitCode });
        }

        ended.SetResult();
    }

    // The fields of the log, by the names that its messages give them.
    private const string TaskField = "Id", AttemptField = "Attempt";

    // What is about a task has its id; a line that was cut off by kill -9 is none.
    private void Understand(string line)
    {
        try
        {
            using var said = JsonDocument.Parse(line);
            if (said.RootElement.TryGetProperty("State", out var state) && state.TryGetProperty(TaskField, out var id))
            {
                var number = said.RootElement.GetProperty("EventId").GetInt32();
                int? attempt = state.TryGetProperty(AttemptField, out var value) ? int.Parse(value.ToString()) : null;
                journal.Write(at => new WorkerSaid(at, Name, number, id.ToString(), attempt));
            }
        }
        catch (JsonException)
        {
        }
    }
}

/// <summary>The numbers of a worker's log that the campaign listens for.</summary>
internal static class WorkerEvents
{
    public const int Started = 10, Completed = 11, Failed = 12, LeaseLost = 13, CompletedLate = 14, Released = 15, GivenBack = 23, Deferred = 24;

    /// <summary>The last word about a run, whichever it is.</summary>
    public static readonly IReadOnlyList<int> Ends = [Completed, Failed, LeaseLost, CompletedLate, Released, GivenBack, Deferred, 19, 20, 22];
}
