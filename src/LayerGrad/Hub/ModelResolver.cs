using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Hub;

/// <summary>Finds the model that the user names: a folder, a GGUF file, or a model on the hub.</summary>
internal static partial class ModelResolver
{
    /// <summary>The folder or file of a model; one on the hub is downloaded into the hub's cache first.</summary>
    /// <param name="model">A folder, a <c>.gguf</c> file, <c>ORG/NAME[@REVISION]</c>, or <c>hf://ORG/NAME[@REVISION]/FILE.gguf</c>. What is on the disk comes first.</param>
    /// <param name="progress">Told how far each download is; called from several threads.</param>
    /// <param name="options">The hub; by default what the environment says.</param>
    /// <param name="tokenizerOnly">Leaves the weights out: the folder then has the tokenizer and its templates only (a GGUF file comes whole).</param>
    /// <param name="cancellation">Ends the downloads; started again, they go on.</param>
    /// <returns>A path that <see cref="Checkpoints.Checkpoint.Open"/> takes.</returns>
    /// <exception cref="InputException">There is no such model, or the hub refuses.</exception>
    public static async Task<string> ResolveAsync(
        string model, IProgress<HubProgress>? progress = null, HubOptions? options = null, bool tokenizerOnly = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Directory.Exists(model) || File.Exists(model))
            return model;
        var reference = HubReference.IsReference(model) ? HubReference.Parse(model) : null;
        var repository = reference?.Repository ?? (LooksLikePath(model) ? null : HubRepository.TryParse(model, isDataset: false));
        if (repository is null)
            throw new InputException($"{model}: no such folder or file, and not a name on the Hugging Face hub (ORG/NAME[@REVISION])");
        if (repository.IsDataset)
            throw new InputException($"{model}: is a dataset, not a model");

        using var client = new HubClient(options ?? HubOptions.FromEnvironment());
        if (reference is { Path.Length: > 0 })
            return await GetParts(client, repository, reference.Path, progress, cancellation);
        string? gguf = null;
        var folder = await client.GetFolderAsync(
            repository,
            (files, downloaded) =>
            {
                gguf = ModelFiles.SingleGguf(repository.Display, files);
                return tokenizerOnly && gguf is null ? ModelFiles.WithoutWeights(files) : ModelFiles.Needed(repository.Display, files, downloaded);
            },
            progress,
            cancellation);
        return gguf is null ? folder : Path.Combine(folder, gguf);
    }

    /// <inheritdoc cref="ResolveAsync"/>
    public static string Resolve(
        string model, IProgress<HubProgress>? progress = null, HubOptions? options = null, bool tokenizerOnly = false, CancellationToken cancellation = default) =>
        ResolveAsync(model, progress, options, tokenizerOnly, cancellation).GetAwaiter().GetResult();

    /// <summary>Fetches a GGUF file; of a split one, the other parts too.</summary>
    private static async Task<string> GetParts(HubClient client, HubRepository repository, string path, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        if (FirstPart().Match(path) is { Success: true } match)
        {
            var count = int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
            for (var part = 2; part <= count; part++)
                await client.GetFileAsync(repository, $"{match.Groups["name"].Value}-{part:D5}-of-{count:D5}.gguf", progress, cancellation);
        }
        return await client.GetFileAsync(repository, path, progress, cancellation);
    }

    private static bool LooksLikePath(string model) =>
        model.StartsWith('.') || model.StartsWith('~') || Path.IsPathRooted(model) || model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^(?<name>.*)-00001-of-(?<count>[0-9]{5})\.gguf\z", RegexOptions.CultureInvariant)]
    private static partial Regex FirstPart();
}
