using LayerGrad.Compute;
using LayerGrad.Examples;
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
    public void Dispose() => Model.Dispose();

    /// <summary>Opens what the options name, the cheapest first, so that what is wrong is said at once.</summary>
    /// <exception cref="InputException">An input is missing, broken or not supported.</exception>
    public static MeasureInputs Open(MeasureOptions options)
    {
        options.Validate();
        var dataset = Dataset.Load(options.Data);
        var (first, end) = options.Select(dataset.Count);
        var model = ModelLoader.Open(options.Model, options.ModelFiles, options.Tokenizer);
        try
        {
            var decoder = model.Specification;
            return new MeasureInputs(
                model,
                Identify(options, model) with { First = first, End = end, WeightNotes = model.Notes, UnusedFields = decoder.UnusedFields },
                [.. dataset.Take(first..end)],
                date => Encoder(options, model, date));
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
    public int CountEncodedOtherwise(MeasureOptions options, IReadOnlyList<EncodedExample> encoded, DateOnly date)
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

    private static RunMetadata Identify(MeasureOptions options, LoadedModel model) => new()
    {
        Version = RunMetadata.CurrentVersion,
        ModelPath = options.Model,
        ModelHash = model.Checkpoint.Hash(),
        Family = model.Specification.Family,
        Layers = model.Specification.Layers.Count,
        DataPath = options.Data,
        DataHash = Dataset.Hash(options.Data),
        First = 0,
        End = 0,
        TokenizerHash = TokenizerFiles.Hash(model.Checkpoint, options.Tokenizer),
        Measurement = options.Measurement with { Date = null },
        Device = DeviceFactory.KindOf(options.Machine),
    };

    private static Func<Example, EncodedExample> Encoder(MeasureOptions options, LoadedModel model, DateOnly date)
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
    private static void RequireKnownTokens(EncodedExample example, int vocabulary, Tokenizer tokenizer, MeasureOptions options)
    {
        foreach (var id in example.Tokens?.Ids ?? [])
        {
            if (id >= vocabulary)
                throw new InputException($"{options.Tokenizer ?? options.Model}: token {id} ({tokenizer.IdToToken(id)}), in example {example.Example.Index} of {options.Data}, is beyond the model's vocabulary of {vocabulary}; name the tokenizer that belongs to the model with --tokenizer.");
        }
    }
}
