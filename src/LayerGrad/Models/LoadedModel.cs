using System.Collections.Concurrent;
using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Loading;

namespace LayerGrad.Models;

/// <summary>
/// A model on the disk: its checkpoint, specification and parameters, its tokenizer and chat template. Each is opened when it is first asked
/// for, so that who needs the tokenizer alone needs no weights, and is then kept. Dispose of it to close its files.
/// </summary>
/// <remarks>Safe to use from several threads at a time.</remarks>
public sealed class LoadedModel : IDisposable
{
    private readonly Lazy<Checkpoint> _checkpoint;
    private readonly Lazy<CheckpointBinding> _binding;
    private readonly ConcurrentDictionary<TokenizerRules, Lazy<Tokenizer>> _tokenizers = [];
    private readonly string? _tokenizer;

    /// <summary>A model whose files are opened when they are needed.</summary>
    /// <param name="name">The model as the user wrote it.</param>
    /// <param name="location">Its folder or file.</param>
    /// <param name="tokenizer">A folder with another tokenizer than the model's own; null for that.</param>
    internal LoadedModel(string name, string location, string? tokenizer)
        : this(name, location, tokenizer, new Lazy<Checkpoint>(() => Checkpoint.Open(location)))
    {
    }

    /// <summary>A model over a checkpoint that is open already, and is closed with it.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    internal LoadedModel(Checkpoint checkpoint)
        : this(checkpoint.Location, checkpoint.Location, null, new Lazy<Checkpoint>(checkpoint))
    {
    }

    private LoadedModel(string name, string location, string? tokenizer, Lazy<Checkpoint> checkpoint)
    {
        (Name, Location, _tokenizer, _checkpoint) = (name, location, tokenizer, checkpoint);
        _binding = new Lazy<CheckpointBinding>(() => CheckpointBinding.Of(Checkpoint));
    }

    /// <summary>The model as the user wrote it; the original script looks for <c>gemma</c> in it.</summary>
    public string Name { get; }

    /// <summary>Its folder, or its GGUF file.</summary>
    public string Location { get; }

    /// <summary>Its weights and configuration.</summary>
    /// <exception cref="InputException">There is no such file, or what stands in it is not sound.</exception>
    public Checkpoint Checkpoint => _checkpoint.Value;

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
        if (_checkpoint.IsValueCreated)
            _checkpoint.Value.Dispose();
    }

    /// <summary>What errors call the chat template of a folder: the file in which it stands.</summary>
    /// <param name="folder">The folder.</param>
    internal static string TemplateNameIn(string folder)
    {
        var jinja = Path.Combine(folder, "chat_template.jinja");
        return File.Exists(jinja) ? jinja : Path.Combine(folder, "tokenizer_config.json");
    }

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
}
