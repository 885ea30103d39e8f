namespace SnapshotTasks;

/// <summary>Who is told of what happens by HTTP: the configuration section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The receivers.</summary>
    public IList<WebhookEndpoint> Endpoints { get; } = [];

    /// <summary>
    /// The hosts, as the addresses of the receivers name them, that may be on this machine or in a private network;
    /// every other one must have addresses of the internet only, whenever it is called.
    /// </summary>
    public IList<string> AllowPrivateAddresses { get; } = [];
}

/// <summary>A receiver of webhooks.</summary>
public sealed class WebhookEndpoint
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 80;

    /// <summary>Its name, 1 to 80 of A-Z, a-z, 0-9, '.', '-' and '_': whoever has the same one goes on where the other was.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where it is: an absolute address with http or https, without user name and password.</summary>
    public string Address { get; set; } = "";

    /// <summary>What it knows our messages by: <c>whsec_</c> and 24 to 64 random bytes in base64.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Another secret that messages are signed with as well, as long as the two are exchanged.</summary>
    public string? SecondSecret { get; set; }

    /// <summary>The projects it hears of; of all when there is none.</summary>
    public IList<string> Projects { get; } = [];

    /// <summary>The events it hears of, such as <c>task.completed</c>; of all when there is none.</summary>
    public IList<string> Events { get; } = [];

    /// <summary>Whether a message has the whole task as queries show it, and not only its id.</summary>
    public bool Full { get; set; }
}
