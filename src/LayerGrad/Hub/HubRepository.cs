using System.Text.RegularExpressions;

namespace LayerGrad.Hub;

/// <summary>A repository of the hub at a revision.</summary>
/// <param name="IsDataset">Whether it holds a dataset; otherwise a model.</param>
/// <param name="Name">Its name, <c>ORG/NAME</c>.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
internal sealed partial record HubRepository(bool IsDataset, string Name, string Revision = HubRepository.DefaultRevision)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The name with the revision where it is not the usual one, as the user writes it.</summary>
    public string Display => Revision == DefaultRevision ? Name : $"{Name}@{Revision}";

    /// <summary>The name of its folder in the cache, such as <c>models--org--name</c>.</summary>
    internal string CacheName => (IsDataset ? "datasets--" : "models--") + Name.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Whether the revision is a commit, which never changes.</summary>
    internal bool IsCommit => Commit().IsMatch(Revision);

    /// <summary>The path of its description on the hub.</summary>
    internal string ApiPath => $"/api/{(IsDataset ? "datasets" : "models")}/{Name}/revision/{Uri.EscapeDataString(Revision)}";

    /// <summary>The path of its page on the hub.</summary>
    internal string PagePath => IsDataset ? $"/datasets/{Name}" : $"/{Name}";

    /// <summary>The path of one of its files at a revision.</summary>
    internal string FilePath(string revision, string file) =>
        $"{PagePath}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>Whether a text is a commit.</summary>
    internal static bool IsCommitHash(string text) => Commit().IsMatch(text);

    /// <summary>Reads <c>ORG/NAME[@REVISION]</c>.</summary>
    /// <returns>The repository, or null if the text is no such name.</returns>
    public static HubRepository? TryParse(string text, bool isDataset)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (name, revision) = at < 0 ? (text, DefaultRevision) : (text[..at], text[(at + 1)..]);
        return IsName(name) && HubCache.IsSafePath(revision) ? new HubRepository(isDataset, name, revision) : null;
    }

    // The hub's own rules: no two hyphens or dots in a row, so that the folder's name can be read back.
    private static bool IsName(string name) => NamePattern().IsMatch(name)
        && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal)
        && !name.EndsWith(".git", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[0-9a-f]{40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Commit();
}
