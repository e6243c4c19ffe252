using LayerGrad.Checkpoints.Adapters;

namespace LayerGrad.Hub;

/// <summary>Finds the adapter that the user names: a folder, or a repository of the hub.</summary>
internal static class AdapterResolver
{
    private static readonly string[] s_weights = [Adapter.WeightsFile, Adapter.TorchFile];

    /// <summary>The folder of an adapter; one on the hub is downloaded into the hub's cache first.</summary>
    /// <param name="adapter">A folder, or <c>ORG/NAME[@REVISION]</c>. What is on the disk comes first.</param>
    /// <param name="progress">Told how far each download is; called from several threads.</param>
    /// <param name="options">The hub; by default what the environment says.</param>
    /// <param name="cancellationToken">Ends the downloads; started again, they go on.</param>
    /// <exception cref="InputException">There is no such adapter, or the hub refuses.</exception>
    public static string Resolve(string adapter, IProgress<HubProgress>? progress = null, HubOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(adapter))
            return adapter;
        var looksLocal = adapter.StartsWith('.') || adapter.StartsWith('~') || Path.IsPathRooted(adapter) || File.Exists(adapter);
        if (looksLocal || HubRepository.TryParse(adapter, isDataset: false) is not { } repository)
            throw new InputException($"{adapter}: no such folder, and not a name on the Hugging Face hub (ORG/NAME[@REVISION]); --adapter takes the folder of a LoRA adapter as PEFT's save_pretrained writes it");
        using var client = new HubClient(options ?? HubOptions.FromEnvironment());
        return client.GetFolderAsync(repository, (files, _) => Needed(repository.Display, files), progress, cancellationToken).GetAwaiter().GetResult();
    }

    private static IEnumerable<string> Needed(string display, IReadOnlyList<string> files)
    {
        if (!files.Contains(AdapterConfiguration.FileName))
            throw new InputException($"{display}: has no {AdapterConfiguration.FileName}: it is not the repository of an adapter");
        var weights = Array.Find(s_weights, files.Contains) ?? throw new InputException($"{display}: has neither {Adapter.WeightsFile} nor {Adapter.TorchFile}");
        return [AdapterConfiguration.FileName, weights];
    }
}
