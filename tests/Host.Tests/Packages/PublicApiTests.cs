using System.Reflection;
using PublicApiGenerator;

namespace SnapshotTasks.Tests;

/// <summary>What embedders can see of the packages, held to what is written down and to what every member of it promises.</summary>
public sealed class PublicApiTests
{
    // Extension methods live in the namespace of what they extend, so Microsoft's are looked at as well.
    private static readonly ApiGeneratorOptions Everything = new() { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] };

    public static TheoryData<string> Packages => [.. Repository.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_surface_is_the_committed_one(string package)
    {
        var path = Path.Combine(Repository.Root, "docs", "api", $"{package}.txt");
        var surface = Assembly.Load(package).GeneratePublicApi(Everything).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, surface);
        }

        File.ReadAllText(path).Should().Be(surface, "a change of the public surface is a decision: UPDATE_DOCS=1 writes it down");
    }

    [Fact]
    public void No_surface_is_committed_of_a_package_that_is_none() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "api")).Select(path => Path.GetFileNameWithoutExtension(path))
            .Should().BeEquivalentTo(Repository.Packages);

    [Fact]
    public void Everything_asynchronous_takes_a_cancellation_token()
    {
        var asynchronous = PublicMethods().Where(method => IsTask(method.ReturnType) && method.Name != nameof(IAsyncDisposable.DisposeAsync)).ToList();

        asynchronous.Should().HaveCountGreaterThan(10);
        asynchronous.Where(method => method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            .Select(method => $"{method.DeclaringType}.{method.Name}").Should().BeEmpty();
    }

    [Fact]
    public void Nothing_of_ours_is_static_that_could_change() =>
        Repository.Packages.SelectMany(package => Assembly.Load(package).GetTypes())
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsInitOnly && !field.IsLiteral && !IsOfTheCompiler(field))
            .Select(field => $"{field.DeclaringType}.{field.Name}").Should().BeEmpty("two hosts in one process must not meet");

    private static IEnumerable<MethodInfo> PublicMethods() => Repository.Packages
        .SelectMany(package => Assembly.Load(package).GetExportedTypes())
        .SelectMany(type => type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.IsSpecialName);

    private static bool IsTask(Type type) =>
        type.IsAssignableTo(typeof(Task)) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ValueTask<>) || type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)));

    // Lambdas, and what source generators keep, are made once and never again.
    private static bool IsOfTheCompiler(FieldInfo field) => field.Name.StartsWith('<') || field.DeclaringType!.FullName!.Contains('<', StringComparison.Ordinal);
}
