using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

public sealed class AuthOptionsTests
{
    [Theory]
    [InlineData("Credentials:AccessKeys:0:AccessKey", "", "Credentials:AccessKeys:0: AccessKey must be 1 to 128 visible ASCII characters without a comma.")]
    [InlineData("Credentials:AccessKeys:1:AccessKey", "a,b", "Credentials:AccessKeys:1: AccessKey must be")]
    [InlineData("Credentials:AccessKeys:0:SecretKey", "", "Credentials:AccessKeys:0: SecretKey must be 16 characters or more.")]
    [InlineData("Credentials:AccessKeys:0:SecretKey", "15-secret-chars", "Credentials:AccessKeys:0: SecretKey must be 16 characters or more.")]
    [InlineData("Credentials:Tokens:0:Token", "15-secret-chars", "Credentials:Tokens:0: Token must be 16 visible ASCII characters or more.")]
    [InlineData("Credentials:AccessKeys:1:AccessKey", AuthServer.Key, "Credentials:AccessKeys:1: AccessKey is that of Credentials:AccessKeys:0 again.")]
    [InlineData("Credentials:AccessKeys:2:AccessKey", "AKNEW", "Credentials:AccessKeys:2: Projects is empty")]
    [InlineData("Credentials:AccessKeys:0:Projects:1", "a b", "Credentials:AccessKeys:0: Projects:1 must be 1 to 64 characters")]
    [InlineData("Credentials:Tokens:0:Token", "", "Credentials:Tokens:0: Token must be 16 visible ASCII characters or more.")]
    [InlineData("Credentials:Tokens:0:Token", " secret-with-a-blank", "Credentials:Tokens:0: Token must be 16 visible")]
    [InlineData("Credentials:Tokens:1:Token", AuthServer.Token, "Credentials:Tokens:1: Token is that of Credentials:Tokens:0 again.")]
    [InlineData("Credentials:Tokens:2:Token", "secret-that-is-new", "Credentials:Tokens:2: Projects is empty")]
    [InlineData("Credentials:Tokens:0:Projects:0", "secret/slash", "Credentials:Tokens:0: Projects:0 must be")]
    public async Task A_wrong_entry_is_refused_at_start_by_a_sentence_that_names_it_and_shows_no_value(string name, string value, string sentence)
    {
        var settings = AuthServer.Credentials.Where(setting => setting.Name != name).Append((name, value)).ToArray();

        var start = () => AuthServer.StartAsync(settings, []);

        var refusal = (await start.Should().ThrowAsync<OptionsValidationException>()).Which;
        refusal.Message.Should().Contain(sentence).And.NotContain("secret").And.NotContain(AuthServer.Token).And.NotContain(AuthServer.Key);
    }

    [Theory]
    [InlineData("AddSdkSignature")]
    [InlineData("AddAuthToken")]
    public void A_credential_that_nothing_would_check_is_refused_when_routes_are_mapped(string missing)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.Configure<CredentialOptions>(credentials =>
        {
            credentials.AccessKeys.Add(new() { AccessKey = "a", SecretKey = "sixteen-letters.", Projects = { "c" } });
            credentials.Tokens.Add(new() { Token = "sixteen-letters.", Projects = { "e" } });
        });
        var authentication = builder.Services.AddAuthentication();
        _ = missing == "AddSdkSignature" ? authentication.AddAuthToken() : authentication.AddSdkSignature();
        using var app = builder.Build();

        app.Invoking(it => it.MapSnapshotTasks()).Should().Throw<InvalidOperationException>().WithMessage($"*AddAuthentication().{missing}()*");
    }

    [Theory]
    [InlineData("RequestsPerMinute", "Throttling:RequestsPerMinute must be 0 (without limit) or more.")]
    [InlineData("MaxQueuedTasks", "MaxQueuedTasks must be 0 (without limit) or more, it is -1.")]
    [InlineData("MaxStoredTasks", "MaxStoredTasks must be 0 (without limit) or more, it is -1.")]
    [InlineData("MaxUserData", "MaxUserData must be 0 (without limit) or more, it is -1.")]
    [InlineData("MaxImmediate", "MaxImmediate must be 0 (without limit) or more, it is -1.")]
    public async Task A_negative_limit_is_refused_at_start(string limit, string sentence)
    {
        var start = () => AuthServer.StartAsync(($"Throttling:{limit}", "-1"));

        await start.Should().ThrowAsync<Exception>().WithMessage(sentence);
    }
}
