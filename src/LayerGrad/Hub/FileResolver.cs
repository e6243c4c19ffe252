namespace LayerGrad.Hub;

/// <summary>Finds a data file: on the disk, or on the hub as <c>hf://datasets/ORG/NAME[@REVISION]/PATH</c>.</summary>
public static class FileResolver
{
    /// <summary>The file on the disk; one on the hub is downloaded into the hub's cache first.</summary>
    /// <param name="name">A path, returned as it is, or a name on the hub.</param>
    /// <param name="progress">Told how far a download is.</param>
    /// <param name="options">The hub; by default what the environment says.</param>
    /// <param name="cancellation">Ends a download; started again, it goes on.</param>
    /// <exception cref="InputException">The name is not well formed, or the hub refuses.</exception>
    public static async Task<string> ResolveAsync(string name, IProgress<HubProgress>? progress = null, HubOptions? options = null, CancellationToken cancellation = default)
    {
        if (!HubReference.IsReference(name))
            return name;
        var reference = HubReference.Parse(name);
        if (reference.Path.Length == 0)
            throw new InputException($"{name}: names no file; write hf://datasets/ORG/NAME/PATH");
        using var client = new HubClient(options ?? HubOptions.FromEnvironment());
        return await client.GetFileAsync(reference.Repository, reference.Path, progress, cancellation);
    }

    /// <inheritdoc cref="ResolveAsync"/>
    public static string Resolve(string name, IProgress<HubProgress>? progress = null, HubOptions? options = null, CancellationToken cancellation = default) =>
        ResolveAsync(name, progress, options, cancellation).GetAwaiter().GetResult();
}
