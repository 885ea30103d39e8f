using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Looks for the box while the host starts, and keeps it from starting where there has to be one and is none.</summary>
internal sealed class BoxCheck(ICapture capture, IOptions<WorkerOptions> options) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (capture is not FfmpegCapture ours)
        {
            return;
        }

        try
        {
            var looking = ours.Box.LevelAsync();
            if (options.Value.Sandbox == SandboxUse.Required && await looking < BoxLevel.WithoutNetwork)
            {
                throw new InvalidOperationException(
                    "The worker's Sandbox is required, but this machine keeps no program away from the network: install bubblewrap, or permit namespaces.");
            }
        }
        catch (MachineFailedException failed)
        {
            throw new InvalidOperationException($"The worker's Sandbox is required. {failed.Message}", failed);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
