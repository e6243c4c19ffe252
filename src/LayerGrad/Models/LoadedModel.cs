using System.Collections.Concurrent;
using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Hub;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Loading;

namespace LayerGrad.Models;

/// <summary>
/// A model on the disk: its checkpoint, specification and parameters, its tokenizer and chat template. Each is opened when it is first asked
/// for, so that who needs the tokenizer alone needs no weights, and is then kept. Dispose of it to close its files.
/// </summary>
/// <remarks>Safe to use from several threads at a time.</remarks>
internal sealed class LoadedModel : IDisposable
{
    private readonly Lazy<Opened> _opened;
    private readonly Lazy<CheckpointBinding> _binding;
    private readonly ConcurrentDictionary<TokenizerRules, Lazy<Tokenizer>> _tokenizers = [];
    private readonly string? _tokenizer;
    private readonly string? _adapter;

    /// <summary>A model whose files are opened when they are needed.</summary>
    /// <param name="name">The model as the user wrote it.</param>
    /// <param name="location">Its folder or file.</param>
    /// <param name="tokenizer">A folder with another tokenizer than the model's own; null for that.</param>
    /// <param name="adapter">The adapter that is merged into it; null for none.</param>
    internal LoadedModel(string name, string location, string? tokenizer, AdapterName? adapter = null)
        : this(name, location, tokenizer, new Lazy<Opened>(() => Open(location, adapter))) => _adapter = adapter?.Folder;

    /// <summary>A model over a checkpoint that is open already, and is closed with it.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    internal LoadedModel(Checkpoint checkpoint)
        : this(checkpoint.Location, checkpoint.Location, null, new Lazy<Opened>(new Opened(checkpoint, null, null)))
    {
    }

    private LoadedModel(string name, string location, string? tokenizer, Lazy<Opened> opened)
    {
        (Name, Location, _tokenizer, _opened) = (name, location, tokenizer, opened);
        _binding = new Lazy<CheckpointBinding>(Bind);
    }

    /// <summary>The model as the user wrote it; the original script looks for <c>gemma</c> in it.</summary>
    public string Name { get; }

    /// <summary>Its folder, or its GGUF file.</summary>
    public string Location { get; }

    /// <summary>All files that may be read of it: those of a model in its folder or its GGUF file, of its adapter, and of another tokenizer.</summary>
    internal IEnumerable<string> Files => new[] { Location, _adapter }.OfType<string>().SelectMany(FilesAt)
        .Concat(_tokenizer is null ? [] : CheckpointWriter.TokenizerFilesIn(_tokenizer));

    /// <summary>Its weights and configuration.</summary>
    /// <exception cref="InputException">There is no such file, or what stands in it is not sound.</exception>
    public Checkpoint Checkpoint => _opened.Value.Checkpoint;

    /// <summary>The adapter that is merged into its weights, or null.</summary>
    /// <exception cref="InputException">There is none, or it does not fit the model.</exception>
    internal Adapter? Adapter => _opened.Value.Adapter;

    /// <summary>What the adapter is, in a line; null for none.</summary>
    /// <exception cref="InputException">There is none, or it does not fit the model.</exception>
    internal string? AdapterSummary => _opened.Value.Binding?.Summary;

    /// <summary>What its decoder consists of.</summary>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public DecoderSpecification Specification => _binding.Value.Specification;

    /// <summary>What a user must know of its tensors and its configuration, a sentence each: what nobody reads, a head that is not tied.</summary>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public IReadOnlyList<string> Notes => _binding.Value.Notes;

    /// <summary>The folder whose <c>tokenizer.json</c> is its tokenizer; null where that is in its GGUF file.</summary>
    /// <exception cref="InputException">There is no such model.</exception>
    public string? TokenizerFolder => _tokenizer ?? (Directory.Exists(Location) || Checkpoint.GgufMetadata is null ? Location : null);

    /// <summary>What errors call its chat template: the file in which that stands.</summary>
    /// <exception cref="InputException">There is no such model.</exception>
    public string TemplateName => TokenizerFolder is { } folder ? TemplateNameIn(folder) : Location;

    /// <summary>Its tokenizer, loaded once under either version's rules.</summary>
    /// <param name="rules">The version of transformers whose changes to a folder's files are made; a GGUF file knows none.</param>
    /// <exception cref="InputException">The tokenizer is missing or not sound.</exception>
    public Tokenizer LoadTokenizer(TokenizerRules rules)
    {
        return _tokenizers.GetOrAdd(rules, asked => new Lazy<Tokenizer>(() => Load(asked))).Value;

        Tokenizer Load(TokenizerRules asked) => TokenizerFolder is { } folder
            ? ModelLoader.LoadTokenizer(folder, asked)
            : Tokenizer.FromGguf(Checkpoint.GgufMetadata!, Location);
    }

    /// <summary>Closes its files.</summary>
    public void Dispose()
    {
        if (!_opened.IsValueCreated)
            return;
        _opened.Value.Checkpoint.Dispose();
        _opened.Value.Adapter?.Dispose();
    }

    /// <summary>What errors call the chat template of a folder: the file in which it stands.</summary>
    /// <param name="folder">The folder.</param>
    internal static string TemplateNameIn(string folder)
    {
        var jinja = Path.Combine(folder, "chat_template.jinja");
        return File.Exists(jinja) ? jinja : Path.Combine(folder, "tokenizer_config.json");
    }

    /// <summary>The files of a folder of which a model or an adapter may consist; of a GGUF file it and those beside it, which may be its other parts.</summary>
    private static IEnumerable<string> FilesAt(string location) => Directory.Exists(location) ? Directory.EnumerateFiles(location).Where(ModelFiles.MayBelong)
        : Path.GetDirectoryName(Path.GetFullPath(location)) is { } folder && Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.gguf").Append(location)
        : [location];

    /// <summary>Its parameters, whose shapes are checked now and whose values are read when they are asked for.</summary>
    /// <typeparam name="T">The numbers that they become, float or double.</typeparam>
    /// <param name="specification">What is to be read, where that is not the model's own <see cref="Specification"/>.</param>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    internal CheckpointParameters<T> Parameters<T>(DecoderSpecification? specification = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(Checkpoint, specification ?? Specification);

    /// <summary>Its chat template with the tokens that it sees, for which a folder needs neither a tokenizer nor weights.</summary>
    /// <param name="rules">The version of transformers whose rules say the tokens of a folder's template.</param>
    /// <exception cref="InputException">There is no such model, or a file is broken.</exception>
    internal TokenizerConfig LoadTemplate(TokenizerRules rules) => TokenizerFolder is { } folder
        ? TokenizerConfig.Load(folder, rules)
        : TokenizerConfig.FromGguf(Checkpoint.GgufMetadata!);

    private static Opened Open(string location, AdapterName? name)
    {
        var checkpoint = Checkpoint.Open(location);
        Adapter? adapter = null;
        try
        {
            if (name is null)
                return new Opened(checkpoint, null, null);
            adapter = Adapter.Open(name.Name, name.Folder);
            var decoder = CheckpointBinding.Of(checkpoint).Specification;
            var transposed = decoder.Parameters.Where(static parameter => parameter.StoredTransposed).SelectMany(static parameter => parameter.Tensors).ToHashSet(StringComparer.Ordinal);
            var binding = new AdapterBinding(adapter, checkpoint, new BaseLayout(transposed.Contains, decoder.IsTied, decoder.Embedding.Name, decoder.IsOtherPart));
            return new Opened(new AdaptedCheckpoint(checkpoint, binding), adapter, binding);
        }
        catch
        {
            adapter?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    private CheckpointBinding Bind()
    {
        var bound = CheckpointBinding.Of(Checkpoint);
        if (_opened.Value.Binding is not { } adapter)
            return bound;
        var adapted = ((AdaptedCheckpoint)Checkpoint).Adapted;
        var modules = adapter.Modules.Where(static module => !module.IsEmbedding).ToDictionary(static module => module.Tensor, StringComparer.Ordinal);
        return bound with
        {
            Specification = bound.Specification with { Adapters = AdaptedLinear.Of(bound.Specification, modules, module => adapted[module.Tensor].Lengths()) },
            Notes = [.. bound.Notes, .. adapter.Notes],
        };
    }

    /// <summary>What is open.</summary>
    /// <param name="Checkpoint">The weights, with the adapter merged where there is one.</param>
    /// <param name="Adapter">The adapter.</param>
    /// <param name="Binding">What it means for the weights.</param>
    private sealed record Opened(Checkpoint Checkpoint, Adapter? Adapter, AdapterBinding? Binding);
}
