using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Models;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Runs;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>What a run reads, opened and identified: the model's files, the selected examples and how to encode them.</summary>
/// <param name="Model">The model.</param>
/// <param name="Identity">The run's metadata without its plan.</param>
/// <param name="Examples">The selected examples, in the dataset's order.</param>
/// <param name="CreateEncoder">Makes the encoder, given the date that chat templates see.</param>
internal sealed record MeasureInputs(
    LoadedModel Model,
    RunMetadata Identity,
    IReadOnlyList<Example> Examples,
    Func<DateOnly, Func<Example, EncodedExample>> CreateEncoder) : IDisposable
{
    /// <summary>
    /// Reads the examples of the dataset from a position on, which <see cref="Examples"/> are a part of: packing windows are those of the whole
    /// dataset. It is enumerated as far as needed alone.
    /// </summary>
    public Func<int, IEnumerable<Example>> ReadFrom { get; init; } = position => Examples.SkipWhile(example => example.Index < position);

    /// <summary>The dataset of which they are a part; null where the examples were made by a program.</summary>
    public LoadedDataset? Dataset { get; init; }

    public void Dispose() => Model.Dispose();

    /// <summary>
    /// What is asked for, with the identity of the dataset as the run that goes on recorded it where it is the same dataset: older versions recorded the file's, and
    /// a run that grows recorded that of its first examples.
    /// </summary>
    /// <param name="recorded">The metadata of the run that goes on; null for a new one.</param>
    public RunMetadata IdentityFor(RunMetadata? recorded)
    {
        if (recorded is null || Dataset is null)
            return Identity;
        var hash = Identity.Grows(recorded) ? Dataset.IdentityOf(recorded.End - recorded.First) : Identity.DataHash;
        return Dataset.Source.IsRecordedAs(recorded.DataHash, hash) ? Identity with { DataHash = recorded.DataHash } : Identity;
    }

    /// <summary>The identity of the dataset as a run that goes on records it from now on: of all its examples, in the way in which it was begun.</summary>
    /// <param name="recorded">The metadata of the run that goes on.</param>
    public string HashOf(RunMetadata recorded) => Dataset is not null && FileIdentity.IsOne(recorded.DataHash) ? recorded.DataHash : Identity.DataHash;

    /// <summary>Opens what the options name, the cheapest first, so that what is wrong is said at once.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="outputs">Every file that will be written, that of <c>--out</c> first.</param>
    /// <exception cref="InputException">An input is missing, broken or not supported, or would be written over.</exception>
    public static MeasureInputs Open(MeasureRunOptions options, params string[] outputs)
    {
        options.Validate();
        var source = options.Source ?? DatasetResolver.Resolve(options.Data, options.Out.Length > 0 ? options.Spool : null);
        OutputPlaces.Check("--out", outputs, source.Files);
        var dataset = LayerGrad.Examples.Dataset.Load(source, options.Fields, options.Range?.Start ?? 0, options.End);
        var (first, end) = options.Select(dataset.End);
        var model = ModelLoader.OpenAdapted(options.Model, AdapterName.Of(options.Adapter, options.AdapterFiles), options.ModelFiles, options.Tokenizer);
        try
        {
            OutputPlaces.Check("--out", outputs, model.Files);
            var decoder = model.Specification;
            return new MeasureInputs(
                model,
                Identify(options, model, dataset) with { First = first, End = end, WeightNotes = model.Notes, UnusedFields = decoder.UnusedFields },
                dataset.Examples,
                date => Encoder(options, model, date))
            {
                Dataset = dataset,
                ReadFrom = position => options.End is null && position >= end ? [] : LayerGrad.Examples.Dataset.ReadFrom(source, options.Fields, position),
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>How many examples the other rules of transformers would encode differently; 0 where they do not take the files, or the tokenizer is in a GGUF file.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="encoded">The examples as the run encodes them.</param>
    /// <param name="date">The date that chat templates see.</param>
    public int CountEncodedOtherwise(MeasureRunOptions options, IReadOnlyList<EncodedExample> encoded, DateOnly date)
    {
        if (Model.TokenizerFolder is null || Model.LoadTokenizer(options.Measurement.TokenizerRules).IsSameUnderOtherRules)
            return 0;
        var other = options.Measurement.TokenizerRules == TokenizerRules.Transformers4 ? TokenizerRules.Transformers5 : TokenizerRules.Transformers4;
        try
        {
            var encoder = ExampleEncoder.ForModel(Model, options.Measurement with { Date = date, TokenizerRules = other });
            return encoded.Count(example => !Equal(example.Tokens, encoder.Encode(example.Example).Tokens));
        }
        catch (InputException)
        {
            return 0; // The other version refuses the files, so there is nothing to tell apart.
        }

        static bool Equal(TokenizedExample? one, TokenizedExample? two) =>
            one?.ResponseStart == two?.ResponseStart && (one?.Ids ?? []).AsSpan().SequenceEqual(two?.Ids ?? []);
    }

    private static RunMetadata Identify(MeasureRunOptions options, LoadedModel model, LoadedDataset dataset) => new()
    {
        Version = RunMetadata.CurrentVersion,
        ModelPath = options.Model,
        ModelHash = model.Checkpoint.Hash(),
        AdapterPath = options.Adapter,
        AdapterHash = model.Adapter?.Hash(),
        Family = model.Specification.Family,
        Layers = model.Specification.Layers.Count,
        Quantization = model.Checkpoint.Quantization?.Description,
        DataPath = options.Data,
        DataHash = dataset.Identity,
        DataForm = dataset.Description,
        DataCommit = dataset.Source.Commit,
        First = 0,
        End = 0,
        TokenizerHash = TokenizerFiles.Hash(model.Checkpoint, options.Tokenizer),
        Measurement = options.Measurement with { Date = null },
        Device = DeviceFactory.KindOf(options.Machine),
    };

    /// <summary>Makes examples into tokens that the model knows.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="model">The model.</param>
    /// <param name="date">The date that chat templates see.</param>
    /// <exception cref="InputException">The tokenizer or the chat template is missing; of an example: a token is beyond the model's vocabulary.</exception>
    public static Func<Example, EncodedExample> Encoder(MeasureRunOptions options, LoadedModel model, DateOnly date)
    {
        var encoder = ExampleEncoder.ForModel(model, options.Measurement with { Date = date });
        return example =>
        {
            var encoded = encoder.Encode(example);
            RequireKnownTokens(encoded, model.Specification.VocabularySize, encoder.Tokenizer, options);
            return encoded;
        };
    }

    /// <summary>A tokenizer may have more tokens than the model has embeddings, as long as no example uses them.</summary>
    private static void RequireKnownTokens(EncodedExample example, int vocabulary, Tokenizer tokenizer, MeasureRunOptions options)
    {
        foreach (var id in example.Tokens?.Ids ?? [])
        {
            if (id >= vocabulary)
                throw new InputException($"{options.Tokenizer ?? options.Model}: token {id} ({tokenizer.IdToToken(id)}), in example {example.Example.Index} of {options.Data}, is beyond the model's vocabulary of {vocabulary}; name the tokenizer that belongs to the model with --tokenizer.");
        }
    }
}
