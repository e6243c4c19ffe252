using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Json;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;
using LayerGrad.Training.Lora;

namespace LayerGrad.Training;

/// <summary>What a training reads, opened and checked.</summary>
internal sealed class TrainingInputs : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly JsonValue? _config;
    private readonly ExampleEncoder _encoder;
    private readonly List<(string Reason, int Examples)> _skipped = [];

    private TrainingInputs(TrainingOptions options, LoadedModel? model, JsonValue? config)
    {
        (_options, Model, _config) = (options, model, config);
        Specification = WithLora(model?.Specification ?? DecoderFamilies.Describe(Config, options.Init!));
        _encoder = CreateEncoder();
        if (_encoder.Tokenizer.VocabularySize > Specification.VocabularySize && model is null)
            throw new InputException($"{options.Init}: vocab_size is {Specification.VocabularySize}, but the tokenizer {options.Tokenizer} has {_encoder.Tokenizer.VocabularySize} tokens; make them agree");
        Data = [.. options.Data.Select((name, i) => Dataset.Load(options.Sources?[i] ?? DatasetResolver.Resolve(name, options.Spool), options.Fields))];
        Probes = [.. options.Probes.Select((name, i) => Probe(Dataset.Load(options.ProbeSources?[i] ?? DatasetResolver.Resolve(name, options.Spool), options.Fields)))];
        Examples = [.. Data.SelectMany(TrainingExamples)];
        if (Examples.Count == 0)
            throw new InputException($"{string.Join(", ", options.Data)}: no example is left to train on{(_skipped.Count > 0 ? $": {_skipped[0].Reason}" : "")}");
    }

    /// <summary>The datasets.</summary>
    public IReadOnlyList<LoadedDataset> Data { get; }

    /// <summary>The probes, their examples as <c>measure</c> encodes them.</summary>
    public IReadOnlyList<(LoadedDataset Data, IReadOnlyList<EncodedExample> Examples)> Probes { get; }

    /// <summary>The model to start from; null where it starts from random weights.</summary>
    public LoadedModel? Model { get; }

    /// <summary>Its files; null where it starts from random weights.</summary>
    public Checkpoint? Checkpoint => Model?.Checkpoint;

    /// <summary>The model's configuration.</summary>
    public JsonElement Config => Checkpoint?.Config ?? _config!.Value.Element;

    /// <summary>The model.</summary>
    public DecoderSpecification Specification { get; }

    /// <summary>The folder whose tokenizer goes with the trained model.</summary>
    public string TokenizerFolder => _options.Tokenizer ?? Checkpoint!.Location;

    /// <summary>The files of datasets and probes.</summary>
    public IEnumerable<string> DataFiles => Data.Concat(Probes.Select(static probe => probe.Data)).SelectMany(static data => data.Source.Files);

    /// <summary>All files that are read.</summary>
    public IEnumerable<string> Files => [.. DataFiles, .. Model?.Files ?? [], .. _options.Init is { } config ? new[] { config } : []];

    /// <summary>The examples, dataset after dataset.</summary>
    public IReadOnlyList<TrainingExample> Examples { get; }

    /// <summary>How many examples were left out, and why.</summary>
    public IReadOnlyList<(string Reason, int Examples)> Skipped => _skipped;

    /// <summary>Opens what the options name.</summary>
    /// <exception cref="InputException">An input is missing, broken or not supported.</exception>
    public static TrainingInputs Open(TrainingOptions options)
    {
        var model = options.Model is { } name ? ModelLoader.OpenAdapted(name, AdapterName.Of(options.Adapter, options.AdapterFiles), options.ModelFiles, options.Tokenizer) : null;
        try
        {
            if (model?.Checkpoint.GgufMetadata is not null)
                throw new InputException($"{options.Model}: a GGUF file cannot be trained further; give the model's Hugging Face folder");
            if (options.Lora is null && model?.Checkpoint.Quantization is { IsTrainable: false } quantized)
                throw new InputException(OneLine.Of($"{options.Model}: its weights are quantised ({quantized.Description}) and cannot be trained further; train an adapter on them with --lora, or give the model in BF16"));
            return new TrainingInputs(options, model, options.Init is { } file ? ForeignJson.ReadObject(file) : null);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => Model?.Dispose();

    /// <summary>The model with the adapter that is trained, whose modules stand in memory.</summary>
    private DecoderSpecification WithLora(DecoderSpecification specification)
    {
        if (_options.Lora is not { } lora)
            return specification;
        if (new JsonValue(Config, "config.json", "").Has("text_config"))
            throw new InputException($"--lora: {_options.Model} is a model that sees too, whose modules other classes call by other names; adapters of such models are not written");
        var modules = LoraModules.Create(specification, lora, _options.Seed).ToDictionary(static module => module.Tensor, StringComparer.Ordinal);
        return specification with { Adapters = AdaptedLinear.Of(specification, modules, static _ => null) };
    }

    private ExampleEncoder CreateEncoder()
    {
        return Model is not null
            ? ExampleEncoder.ForModel(Model, _options.Measurement)
            : new ExampleEncoder(
                ModelLoader.LoadTokenizer(_options.Tokenizer!, _options.Measurement.TokenizerRules), _options.Measurement,
                ExampleEncoder.IsGemmaModel(Specification.Family, _options.Init!), LoadedModel.TemplateNameIn(_options.Tokenizer!));
    }

    private (LoadedDataset Data, IReadOnlyList<EncodedExample> Examples) Probe(LoadedDataset data)
    {
        var encoded = data.Examples.Select(_encoder.Encode).ToList();
        foreach (var example in encoded)
            CheckTokens(data.Source.Name, example);
        return (data, encoded);
    }

    private IEnumerable<TrainingExample> TrainingExamples(LoadedDataset data)
    {
        var path = data.Source.Name;
        var end = _options.AppendEos ? EndOfText() : (int?)null;
        foreach (var encoded in data.Examples.Select(_encoder.Encode))
        {
            if (encoded.Tokens is not { } tokens)
            {
                Skip(encoded.SkipReason!);
                continue;
            }

            CheckTokens(path, encoded);
            // What came as token ids ends as it came.
            var ends = end is not null && !tokens.Truncated && tokens.Ids.Length < _options.Measurement.MaxLength && encoded.Example.TokenIds is null;
            var all = _options.Loss == "all";
            yield return new TrainingExample(
                path, encoded.Example.Index, ends ? [.. tokens.Ids, end!.Value] : tokens.Ids, all ? 1 : tokens.ResponseStart, all ? null : tokens.Counted);
        }
    }

    private int EndOfText() => _encoder.Tokenizer.EosToken is { } token && _encoder.Tokenizer.TokenToId(token) is { } id
        ? id
        : throw new InputException($"--append-eos: the tokenizer in {TokenizerFolder} has no end-of-text token (eos_token in tokenizer_config.json)");

    private void Skip(string reason)
    {
        var i = _skipped.FindIndex(entry => entry.Reason == reason);
        if (i < 0)
            _skipped.Add((reason, 1));
        else
            _skipped[i] = (reason, _skipped[i].Examples + 1);
    }

    private void CheckTokens(string path, EncodedExample example)
    {
        if (example.Length > Specification.MaximumPositions)
            throw new InputException($"{path}: example {example.Example.Index} has {example.Length} tokens, but the model's context holds {Specification.MaximumPositions}; cut it with --max-length {Specification.MaximumPositions}");
        foreach (var id in example.Tokens?.Ids ?? [])
        {
            if (id >= Specification.VocabularySize)
                throw new InputException($"{path}: token {id} ({_encoder.Tokenizer.IdToToken(id)}) of example {example.Example.Index} is beyond the model's vocabulary of {Specification.VocabularySize}; name the tokenizer that belongs to the model with --tokenizer");
        }
    }
}
