using System.Text.Json;

namespace SnapshotTasks.Tests;

public sealed class OpenApiTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_document_is_the_committed_one_so_that_the_wire_never_changes_by_accident()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        var document = await server.Client.GetStringAsync("/openapi/v1.json") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(OpenApiValidator.DocumentPath, document);
        }

        document.Should().Be(await File.ReadAllTextAsync(OpenApiValidator.DocumentPath), "UPDATE_DOCS=1 rewrites it when a change is meant");
    }

    [Fact]
    public void Every_operation_describes_every_kind_of_answer_and_every_field()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(OpenApiValidator.DocumentPath));
        document.RootElement.GetProperty("openapi").GetString().Should().StartWith("3.1");
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value))).ToList();
        operations.Select(operation => operation.Name).Should().BeEquivalentTo(
            "get /v1/{project_id}/thumbnails", "post /v1/{project_id}/thumbnails", "delete /v1/{project_id}/thumbnails",
            "post /v1/{project_id}/thumbnails/cancellations", "get /v1/{project_id}/thumbnails/cancellations/{cancellation_id}", "get /v1/{project_id}/events");
        operations.Should().AllSatisfy(operation =>
            operation.Value.GetProperty("responses").EnumerateObject().Select(answer => answer.Name).Should().Contain(["400", "401", "429", "503"]));
        document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .SelectMany(schema => schema.Value.GetProperty("properties").EnumerateObject())
            .Where(member => !member.Value.TryGetProperty("$ref", out _) && !member.Value.TryGetProperty("description", out _))
            .Should().BeEmpty("every member is described");
    }
}
