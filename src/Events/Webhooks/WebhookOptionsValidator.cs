using System.Net;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Says which entry is wrong and how, by its place: a value in the wrong place may be a secret.</summary>
internal sealed class WebhookOptionsValidator(IEventForm? form = null) : IValidateOptions<WebhookOptions>
{
    private const int MaxAddressLength = 2048;

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var problems = options.Endpoints.Index().SelectMany(entry => ProblemsOf(entry.Item, options)
                .Concat(NameAgain(entry.Item, entry.Index, options))
                .Select(problem => $"Webhooks:Endpoints:{entry.Index}: {problem}"))
            .Concat(options.AllowPrivateAddresses.Index().Where(host => Uri.CheckHostName(host.Item) == UriHostNameType.Unknown)
                .Select(host => $"Webhooks:AllowPrivateAddresses:{host.Index} is not the name of a host."))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(string.Join(' ', problems));
    }

    private IEnumerable<string> ProblemsOf(WebhookEndpoint endpoint, WebhookOptions options)
    {
        if (!IsName(endpoint.Name))
        {
            yield return $"Name must be 1 to {WebhookEndpoint.MaxNameLength} characters of A-Z, a-z, 0-9, '.', '-' and '_'.";
        }

        if (!IsAddress(endpoint.Address, out var address))
        {
            yield return $"Address must be absolute, with http or https, without user name and password, at most {MaxAddressLength} characters.";
        }
        else if (IPAddress.TryParse(address.IdnHost, out var literal) && !AddressGuard.IsPublic(literal) && !options.AllowPrivateAddresses.Contains(address.IdnHost))
        {
            yield return "Address is not one of the internet: if it is meant, name its host in Webhooks:AllowPrivateAddresses.";
        }

        foreach (var (field, secret) in new[] { ("Secret", endpoint.Secret), ("SecondSecret", endpoint.SecondSecret) })
        {
            if (WebhookSecret.Read(secret) is null && (secret is not null || field == "Secret"))
            {
                yield return $"{field} must be whsec_ and {WebhookSecret.MinBytes} to {WebhookSecret.MaxBytes} bytes in base64.";
            }
        }

        foreach (var (index, _) in endpoint.Projects.Index().Where(project => !ProjectId.IsValid(project.Item)))
        {
            yield return $"Projects:{index} must be 1 to {ProjectId.MaxLength} characters of A-Z, a-z, 0-9, '-' and '_'.";
        }

        foreach (var (index, _) in endpoint.Events.Index().Where(happened => !EventTypes.All.Contains(happened.Item)))
        {
            yield return $"Events:{index} is no event: there are {string.Join(", ", EventTypes.All)}.";
        }

        if (endpoint.Full && form is null)
        {
            yield return "Full needs AddWireForm of the package SnapshotTasks.Http, which shows tasks as queries do.";
        }
    }

    // The name is no secret: it is valid as one.
    private static IEnumerable<string> NameAgain(WebhookEndpoint endpoint, int index, WebhookOptions options) =>
        IsName(endpoint.Name) && options.Endpoints.TakeWhile(earlier => earlier.Name != endpoint.Name).Count() is var first && first < index
            ? [$"Name '{endpoint.Name}' is that of Webhooks:Endpoints:{first} again."]
            : [];

    private static bool IsName(string? name) => name is { Length: >= 1 and <= WebhookEndpoint.MaxNameLength }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static bool IsAddress(string? text, out Uri address) => Uri.TryCreate(text, UriKind.Absolute, out address!)
        && text!.Length <= MaxAddressLength && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);
}
