namespace LayerGrad.Hub;

/// <summary>
/// Where the hub is, who asks, and where its files are kept; the environment variables are those of
/// <c>huggingface_hub</c> (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables).
/// </summary>
internal sealed record HubOptions
{
    /// <summary>The hub's address without a slash at its end: <c>HF_ENDPOINT</c>, or <c>https://huggingface.co</c>.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token, sent to the endpoint's host and to no other: <c>HF_TOKEN</c>, or the file that <c>hf auth login</c> writes; null without one.</summary>
    public string? Token { get; init; }

    /// <summary>The folder of the cache: <c>HF_HUB_CACHE</c>, or <c>hub</c> in <c>HF_HOME</c>, or <c>~/.cache/huggingface/hub</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether to make do with what the cache has: <c>HF_HUB_OFFLINE</c>.</summary>
    public bool Offline { get; init; }

    /// <summary>How many files are downloaded at once.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>How often a request is made again before it is given up; a download that gets on begins to count anew.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The wait before the first repetition; each further wait is twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a repetition, whatever the server asks for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an answer, or the next piece of one, may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The options that the environment sets.</summary>
    /// <exception cref="InputException">A variable has a value that cannot be used.</exception>
    public static HubOptions FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>The options that given variables set.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    internal static HubOptions From(Func<string, string?> variable)
    {
        string? Find(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (variable(name) is { } value && value.Trim().Length > 0)
                    return value.Trim();
            }
            return null;
        }

        var home = Find("HOME", "USERPROFILE") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Expand(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? home + path[1..] : path;
        var hubHome = Expand(Find("HF_HOME") ?? Path.Combine(Expand(Find("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache")), "huggingface"));
        var endpoint = (Find("HF_ENDPOINT") ?? "https://huggingface.co").TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new InputException($"HF_ENDPOINT is '{endpoint}', which is not an http address");
        return new HubOptions
        {
            Endpoint = uri,
            Token = Find("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? ReadToken(Expand(Find("HF_TOKEN_PATH") ?? Path.Combine(hubHome, "token"))),
            CacheFolder = Expand(Find("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(hubHome, "hub")),
            Offline = Find("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    private static string? ReadToken(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(InputFile.Require(path)).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the token of the Hugging Face hub cannot be read: {HubError.OneLine(error.Message)}", error);
        }
    }
}
