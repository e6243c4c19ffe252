namespace LayerGrad.Hub;

/// <summary>What the hub says of a file before it is downloaded.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Commit">The commit it belongs to.</param>
/// <param name="ETag">The name of its content: SHA-256 of a large file, git's SHA-1 of a small one.</param>
/// <param name="Size">Its bytes, or null where the hub does not say.</param>
/// <param name="Address">Where its content is fetched from.</param>
internal sealed record HubFile(string Path, string Commit, string ETag, long? Size, Uri Address);
