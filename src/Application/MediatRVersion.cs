using System.Reflection;

namespace SnapshotTasks;

/// <summary>Refuses a MediatR that we cannot work with: NuGet only warns when the application names a newer one itself.</summary>
internal static class MediatRVersion
{
    private const int Supported = 5;

    /// <exception cref="InvalidOperationException">It is another one.</exception>
    public static void Check(AssemblyName loaded)
    {
        if (loaded.Version?.Major != Supported)
        {
            throw new InvalidOperationException(
                $"SnapshotTasks works with MediatR {Supported} and the application brings {loaded.Version}: refer to MediatR [5.1.0,6.0.0), "
                + "or use the store and the worker without SnapshotTasks.Application (docs/decisions/mediatr-5.md).");
        }
    }
}
