using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Hub;
using LayerGrad.Tokenizers;

namespace LayerGrad.Models;

/// <summary>
/// The one way from what a user names to a model: its checkpoint, tokenizer, chat template, specification and parameters. Nothing else in the
/// library or the command line opens a checkpoint or loads a tokenizer.
/// </summary>
internal static class ModelLoader
{
    /// <summary>Finds a model's files; those of one on the hub are downloaded into the hub's cache first.</summary>
    /// <param name="model">A folder, a <c>.gguf</c> file, or a name on the hub: see <see cref="ModelResolver.ResolveAsync"/>. What is on the disk comes first.</param>
    /// <param name="progress">Told how far each download is; called from several threads.</param>
    /// <param name="tokenizerOnly">Leaves the weights out: the folder then has the tokenizer and its templates only (a GGUF file comes whole).</param>
    /// <param name="cancel">Ends the downloads; started again, they go on.</param>
    /// <returns>The folder or file; <paramref name="model"/> itself where it is on the disk.</returns>
    /// <exception cref="InputException">There is no such model, or the hub refuses.</exception>
    public static string Locate(string model, IProgress<HubProgress>? progress = null, bool tokenizerOnly = false, CancellationToken cancel = default) =>
        ModelResolver.Resolve(model, progress, tokenizerOnly: tokenizerOnly, cancellation: cancel);

    /// <summary>A model whose files lie on the disk. Each part is opened when it is first asked for, and only once.</summary>
    /// <param name="name">The model as the user wrote it.</param>
    /// <param name="files">Where its files lie, as <see cref="Locate"/> says; null where <paramref name="name"/> says it.</param>
    /// <param name="tokenizer">A folder with another tokenizer than the model's own; null for that.</param>
    /// <returns>The model; dispose of it to close its files.</returns>
    public static LoadedModel Open(string name, string? files = null, string? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new LoadedModel(name, files ?? name, tokenizer);
    }

    /// <summary>A model with an adapter merged into it.</summary>
    /// <param name="name">The model as the user wrote it.</param>
    /// <param name="adapter">The adapter; null for none.</param>
    /// <param name="files">Where the model's files lie; null where <paramref name="name"/> says it.</param>
    /// <param name="tokenizer">A folder with another tokenizer than the model's own; null for that.</param>
    internal static LoadedModel OpenAdapted(string name, AdapterName? adapter, string? files = null, string? tokenizer = null) =>
        new(name, files ?? name, tokenizer, adapter);

    /// <summary>The parameters of a checkpoint that stands over a model's, such as one with the adapter that is being trained.</summary>
    /// <typeparam name="T">The numbers that they become, float or double.</typeparam>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="specification">What is to be read.</param>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    internal static CheckpointParameters<T> ParametersOf<T>(Checkpoint checkpoint, DecoderSpecification specification)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(checkpoint, specification);

    /// <summary>Finds an adapter's files; those of one on the hub are downloaded into the hub's cache first.</summary>
    /// <param name="adapter">A folder, or a name on the hub; null for none.</param>
    /// <param name="progress">Told how far each download is; called from several threads.</param>
    /// <param name="cancel">Ends the downloads; started again, they go on.</param>
    /// <returns>Its folder; null for none.</returns>
    /// <exception cref="InputException">There is no such adapter, or the hub refuses.</exception>
    internal static string? LocateAdapter(string? adapter, IProgress<HubProgress>? progress = null, CancellationToken cancel = default) =>
        adapter is null ? null : AdapterResolver.Resolve(adapter, progress, cancellationToken: cancel);

    /// <summary>The tokenizer of a folder that needs no model in it.</summary>
    /// <param name="folder">A folder with <c>tokenizer.json</c>.</param>
    /// <param name="rules">The version of transformers whose changes to the files are made.</param>
    /// <exception cref="InputException">A file is missing, broken, or asks for a component that LayerGrad lacks.</exception>
    public static Tokenizer LoadTokenizer(string folder, TokenizerRules rules) => Tokenizer.Load(folder, rules);
}
