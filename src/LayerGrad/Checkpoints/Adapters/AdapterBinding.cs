using System.Globalization;
using LayerGrad.Checkpoints.HuggingFace;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>What the tensors of an adapter mean for a base: the modules whose weights it changes, and the tensors that it replaces.</summary>
internal sealed class AdapterBinding
{
    private const string BaseLayer = ".base_layer.";
    private const string Wrapper = "base_model.model.";

    private readonly Adapter _adapter;
    private readonly Checkpoint _base;
    private readonly BaseLayout _layout;
    private readonly string? _modelType;
    private readonly string _decoderPrefix;
    private readonly List<AdapterModule> _modules = [];
    private readonly SortedDictionary<string, AdapterTensor> _replacements = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    /// <summary>Holds an adapter's tensors against a base.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="checkpoint">The base.</param>
    /// <param name="layout">What is to be known of the base beside its tensors.</param>
    /// <exception cref="InputException">The adapter does not fit the base, or holds what is not supported.</exception>
    public AdapterBinding(Adapter adapter, Checkpoint checkpoint, BaseLayout layout)
    {
        (_adapter, _base, _layout) = (adapter, checkpoint, layout);
        var config = new JsonValue(checkpoint.Config, checkpoint.ConfigPlace, "");
        _decoderPrefix = TensorNames.Decoder(TypeOf(config));
        _modelType = config.IsObject && config.Find("text_config") is { } text && TypeOf(text) is { } inner ? inner : TypeOf(config);
        foreach (var name in adapter.Tensors.Keys)
            Add(name);
        if (_modules.Count == 0 && _replacements.Count == 0)
            throw new InputException($"{adapter.File}: holds no tensors, so there is nothing to adapt with");
        FollowTies();
        NoteOthers();
    }

    /// <summary>The modules whose weights the adapter changes.</summary>
    public IReadOnlyList<AdapterModule> Modules => _modules;

    /// <summary>The tensors that it replaces, by the base's names.</summary>
    public IReadOnlyDictionary<string, AdapterTensor> Replacements => _replacements;

    /// <summary>The tensor that a head has by itself from now on, and that of which it has the values; null where nothing changes.</summary>
    public (string Head, string Values)? Untied { get; private set; }

    /// <summary>Name, rank, alpha, targets and parameters, in a line.</summary>
    public string Summary
    {
        get
        {
            var configuration = _adapter.Configuration;
            var parameters = _modules.Sum(static module => module.Count + (module.Magnitude is null ? 0 : module.Outputs)) + _replacements.Values.Sum(static tensor => tensor.Info.Elements);
            var replaced = _replacements.Count > 0 ? $", {_replacements.Count} tensors replaced" : "";
            return OneLine.Of(string.Create(
                CultureInfo.InvariantCulture, $"{_adapter.Name}: {configuration.Summary}, on {configuration.Targets.Text} ({_modules.Count} modules{replaced}, {parameters:#,0} parameters)"));
        }
    }

    /// <summary>What a user must know, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    private static string? TypeOf(JsonValue config) => config.IsObject && config.Find("model_type") is { IsText: true } type ? type.AsText() : null;

    private void Add(string name)
    {
        if (!name.StartsWith(Wrapper, StringComparison.Ordinal))
            throw Error($"holds '{name}', which does not begin with '{Wrapper}' as PEFT writes it and reads it; the file is of another program, or was changed");
        if (name.EndsWith(AdapterModule.EndOfA, StringComparison.Ordinal))
            AddModule(name[..^AdapterModule.EndOfA.Length], AdapterModule.EndOfA, AdapterModule.EndOfB, isEmbedding: false);
        else if (name.EndsWith(AdapterModule.EndOfEmbeddingA, StringComparison.Ordinal))
            AddModule(name[..^AdapterModule.EndOfEmbeddingA.Length], AdapterModule.EndOfEmbeddingA, AdapterModule.EndOfEmbeddingB, isEmbedding: true);
        else if (!BelongsToModule(name))
            AddReplacement(name);
    }

    /// <summary>Whether a tensor is a module's B or magnitudes, which come with its A.</summary>
    private bool BelongsToModule(string name)
    {
        foreach (var (end, endOfA) in ((string, string)[])
            [(AdapterModule.EndOfB, AdapterModule.EndOfA), (AdapterModule.EndOfEmbeddingB, AdapterModule.EndOfEmbeddingA),
             (AdapterModule.EndOfMagnitude, AdapterModule.EndOfA), (AdapterModule.EndOfMagnitude + ".weight", AdapterModule.EndOfA)])
        {
            if (!name.EndsWith(end, StringComparison.Ordinal))
                continue;
            var partner = name[..^end.Length] + endOfA;
            return _adapter.Tensors.ContainsKey(partner) ? true : throw Error($"holds '{name}' without '{partner}'; the adapter is incomplete");
        }

        if (name.Contains(".lora_", StringComparison.Ordinal) || name.Contains("trainable_tokens", StringComparison.Ordinal))
            throw Error($"holds '{name}', which is not supported; merge the adapter with PEFT (merge_and_unload) and give the merged model");
        return false;
    }

    private void AddModule(string module, string endOfA, string endOfB, bool isEmbedding)
    {
        var a = _adapter.Tensors[module + endOfA];
        var b = _adapter.Tensors.GetValueOrDefault(module + endOfB) ?? throw Error($"holds '{module}{endOfA}' without '{module}{endOfB}'; the adapter is incomplete");
        var weight = Base($"{module}.weight", a.Info.Name);
        var plain = Plain(module);
        var rank = _adapter.Configuration.RankOf(plain);
        if (a.Info.Shape is not [var rows, var inputs] || b.Info.Shape is not [var outputs, var columns] || rows != columns)
            throw Error($"'{a.Info.Name}' {Shape(a.Info)} and '{b.Info.Name}' {Shape(b.Info)} are no pair of matrices of one rank");
        if (rows != rank)
            throw Error($"'{a.Info.Name}' has the rank {rows}, but {AdapterConfiguration.FileName} says {rank}");
        var transposed = isEmbedding || _layout.IsTransposed(weight.Name);
        long[] expected = transposed ? [inputs, outputs] : [outputs, inputs];
        if (!weight.Shape.SequenceEqual(expected))
            throw Error($"'{a.Info.Name}' {Shape(a.Info)} and '{b.Info.Name}' {Shape(b.Info)} do not fit '{weight.Name}' {Shape(weight)} of {_base.Location}; the adapter is of another model");
        if (_modules.Exists(other => other.Tensor == weight.Name))
            throw Error($"holds two adapters of '{weight.Name}'");
        _modules.Add(new AdapterModule(module, weight.Name, a.Elements, b.Elements, (int)rows, checked((int)inputs), checked((int)outputs), _adapter.Configuration.ScaleOf(plain))
        {
            Magnitude = MagnitudeOf(module, outputs, isEmbedding),
            IsEmbedding = isEmbedding,
            StoredTransposed = transposed,
        });
    }

    private IElements? MagnitudeOf(string module, long outputs, bool isEmbedding)
    {
        var name = module + AdapterModule.EndOfMagnitude;
        var magnitude = _adapter.Tensors.GetValueOrDefault(name) ?? _adapter.Tensors.GetValueOrDefault(name + ".weight");
        if (magnitude is null != !_adapter.Configuration.IsDora)
            throw Error(magnitude is null ? $"lacks '{name}', though use_dora is true" : $"holds '{name}', though use_dora is not true");
        if (magnitude is not null && isEmbedding)
            throw Error($"holds '{name}': DoRA of an embedding is not supported");
        if (magnitude is not null && (magnitude.Info.Elements != outputs))
            throw Error($"'{magnitude.Info.Name}' {Shape(magnitude.Info)} must have a number for each of the {outputs} outputs");
        return magnitude?.Elements;
    }

    private void AddReplacement(string name)
    {
        var tensor = _adapter.Tensors[name];
        var replaced = Base(name.Replace(BaseLayer, ".", StringComparison.Ordinal), name);
        if (!replaced.Shape.SequenceEqual(tensor.Info.Shape))
            throw Error($"'{name}' {Shape(tensor.Info)} does not fit '{replaced.Name}' {Shape(replaced)} of {_base.Location}; the adapter is of another model, or of one whose vocabulary was resized");
        if (!_replacements.TryAdd(replaced.Name, tensor))
            throw Error($"holds two tensors for '{replaced.Name}'");
    }

    /// <summary>The base's tensor behind a name of the adapter. A tied head that is replaced has the embedding's shape.</summary>
    private TensorInfo Base(string name, string named)
    {
        var canonical = ExpertStacks.Renamed(TensorNames.Canonical(name, _decoderPrefix), _modelType);
        if (_base.Tensors.TryGetValue(canonical, out var tensor))
            return tensor;
        if (_layout.IsTied && canonical == _layout.Head)
            return _base.Tensors[_layout.Embedding] with { Name = canonical };
        throw Error($"holds '{named}', but {_base.Location} has no '{canonical}'; the adapter is of another model");
    }

    /// <summary>
    /// Where the head is the embedding, an adapter of one leaves the other as it is: a module that is stored whole is a copy. An embedding that was saved beside the
    /// adapter without being one of <c>modules_to_save</c> is loaded into the tied weight itself.
    /// </summary>
    private void FollowTies()
    {
        if (!_layout.IsTied)
            return;
        if (_modules.Find(module => module.Tensor == _layout.Embedding || module.Tensor == _layout.Head) is { } low)
            throw Error($"holds '{low.NameOfA}': the head of {_base.Location} is its embedding, and merged and unmerged such an adapter gives other numbers, so it is not supported");
        var (embedding, head) = (_replacements.ContainsKey(_layout.Embedding), _replacements.ContainsKey(_layout.Head));
        if (!embedding && !head)
            return;
        if (!_adapter.Configuration.Targets.IsSaved(ModuleOf(_layout.Embedding)) && !_adapter.Configuration.Targets.IsSaved(ModuleOf(_layout.Head)))
        {
            if (head)
                throw Error($"holds '{_replacements[_layout.Head].Info.Name}', which modules_to_save does not name, though the head of {_base.Location} is its embedding");
            return;
        }

        if (_adapter.Configuration.TiesWeights)
        {
            if (head)
                throw Error("holds the head by itself, though ensure_weight_tying is true");
            return;
        }

        if (!head || !_base.Tensors.ContainsKey(_layout.Head))
            Untied = (_layout.Head, head ? _layout.Head : _layout.Embedding);
    }

    /// <summary>What the file holds and the configuration does not name; the file says what was trained.</summary>
    private void NoteOthers()
    {
        string[] others = [.. _modules.Select(static module => Plain(module.Name)).Where(module => !_adapter.Configuration.Targets.Names(module))];
        if (others.Length > 0)
            _notes.Add(OneLine.Of($"the adapter holds modules that its configuration does not name, such as {others[0]} ({others.Length}); they are used, as the file has them"));
        if (_modules.Count(module => _layout.IsOtherPart(module.Tensor)) is > 0 and var unread)
            _notes.Add($"{unread} modules of the adapter belong to parts of the model that text does not pass; they are not read");
    }

    /// <summary>A module's name in the model's own class.</summary>
    private static string Plain(string module)
    {
        return module.StartsWith(Wrapper, StringComparison.Ordinal) ? module[Wrapper.Length..] : module;
    }

    private static string ModuleOf(string tensor) => tensor[..tensor.LastIndexOf('.')];

    private static string Shape(TensorInfo tensor) => $"[{string.Join(", ", tensor.Shape)}]";

    private InputException Error(string what) => new(OneLine.Of($"{_adapter.File}: {what}"));
}
