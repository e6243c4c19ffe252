namespace LayerGrad.Hub;

/// <summary>What a repository holds at a commit.</summary>
/// <param name="Commit">The commit, 40 hexadecimal digits.</param>
/// <param name="Files">The paths of its files, with <c>/</c> between folders.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Files);
