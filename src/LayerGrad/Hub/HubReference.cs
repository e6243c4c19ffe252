using System.Text.RegularExpressions;

namespace LayerGrad.Hub;

/// <summary>A file on the hub as the user names it: <c>hf://[datasets/]ORG/NAME[@REVISION]/PATH</c>.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Path">The file's path in it; empty for the repository as a whole.</param>
internal sealed partial record HubReference(HubRepository Repository, string Path)
{
    /// <summary>What such a name begins with.</summary>
    public const string Scheme = "hf://";

    /// <summary>Whether a text names something on the hub in this way.</summary>
    public static bool IsReference(string text) => text?.StartsWith(Scheme, StringComparison.Ordinal) is true;

    /// <summary>Reads such a name.</summary>
    /// <exception cref="InputException">It is not well formed.</exception>
    public static HubReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = IsReference(text) ? text[Scheme.Length..] : text;
        var isDataset = rest.StartsWith("datasets/", StringComparison.Ordinal);
        if (isDataset)
            rest = rest["datasets/".Length..];
        // A revision may have slashes where it is one of the hub's own.
        var parts = OwnRevision().Match(rest) is { Success: true } own
            ? [own.Groups["org"].Value, $"{own.Groups["name"].Value}@{own.Groups["revision"].Value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)}", own.Groups["path"].Value]
            : rest.Split('/', 3);
        var repository = parts.Length < 2 ? null : HubRepository.TryParse($"{parts[0]}/{parts[1]}", isDataset);
        var path = parts.Length < 3 ? "" : parts[2];
        if (repository is null || (path.Length > 0 && !HubCache.IsSafePath(path)))
            throw new InputException(HubError.OneLine($"{text}: not a name on the hub; write hf://datasets/ORG/NAME[@REVISION]/PATH or hf://ORG/NAME[@REVISION]/PATH"));
        return new HubReference(repository, path);
    }

    [GeneratedRegex(@"^(?<org>[^/@]+)/(?<name>[^/@]+)@(?<revision>refs(/|%2[fF])(convert|pr)(/|%2[fF])[^/]+)(/(?<path>.*))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex OwnRevision();
}
