using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Runs;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>What a run reads, opened and identified: the model's files, the selected examples and how to encode them.</summary>
/// <param name="Checkpoint">The model.</param>
/// <param name="Identity">The run's metadata without its plan.</param>
/// <param name="Examples">The selected examples, in the dataset's order.</param>
/// <param name="CreateEncoder">Makes the encoder, given the date that chat templates see.</param>
internal sealed record MeasureInputs(
    Checkpoint Checkpoint,
    RunMetadata Identity,
    IReadOnlyList<Example> Examples,
    Func<DateOnly, Func<Example, EncodedExample>> CreateEncoder) : IDisposable
{
    public void Dispose() => Checkpoint.Dispose();

    /// <summary>Opens what the options name, the cheapest first, so that what is wrong is said at once.</summary>
    /// <exception cref="InputException">An input is missing, broken or not supported.</exception>
    public static MeasureInputs Open(MeasureOptions options)
    {
        options.Validate();
        var dataset = Dataset.Load(options.Data);
        var (first, end) = options.Select(dataset.Count);
        var checkpoint = Checkpoint.Open(options.ModelFiles ?? options.Model);
        try
        {
            var (decoder, notes) = CheckpointBinding.Of(checkpoint);
            return new MeasureInputs(
                checkpoint,
                Identify(options, checkpoint, decoder) with { First = first, End = end, WeightNotes = notes, UnusedFields = decoder.UnusedFields },
                [.. dataset.Take(first..end)],
                date => Encoder(options, checkpoint, decoder, date));
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>How many examples the other rules of transformers would encode differently; 0 where they do not take the files, or the tokenizer is in a GGUF file.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="encoded">The examples as the run encodes them.</param>
    /// <param name="date">The date that chat templates see.</param>
    public int CountEncodedOtherwise(MeasureOptions options, IReadOnlyList<EncodedExample> encoded, DateOnly date)
    {
        if (options.Tokenizer is null && Checkpoint.GgufMetadata is not null)
            return 0;
        var other = options.Measurement.TokenizerRules == TokenizerRules.Transformers4 ? TokenizerRules.Transformers5 : TokenizerRules.Transformers4;
        try
        {
            var encoder = ExampleEncoder.ForModel(Checkpoint, options.Model, options.Measurement with { Date = date, TokenizerRules = other }, options.Tokenizer);
            return encoded.Count(example => !Equal(example.Tokens, encoder.Encode(example.Example).Tokens));
        }
        catch (InputException)
        {
            return 0; // The other version refuses the files, so there is nothing to tell apart.
        }

        static bool Equal(TokenizedExample? one, TokenizedExample? two) =>
            one?.ResponseStart == two?.ResponseStart && (one?.Ids ?? []).AsSpan().SequenceEqual(two?.Ids ?? []);
    }

    private static RunMetadata Identify(MeasureOptions options, Checkpoint checkpoint, DecoderSpecification decoder) => new()
    {
        Version = RunMetadata.CurrentVersion,
        ModelPath = options.Model,
        ModelHash = checkpoint.Hash(),
        Family = decoder.Family,
        Layers = decoder.Layers.Count,
        DataPath = options.Data,
        DataHash = Dataset.Hash(options.Data),
        First = 0,
        End = 0,
        TokenizerHash = TokenizerFiles.Hash(checkpoint, options.Tokenizer),
        Measurement = options.Measurement with { Date = null },
        Device = "cpu",
    };

    private static Func<Example, EncodedExample> Encoder(MeasureOptions options, Checkpoint checkpoint, DecoderSpecification decoder, DateOnly date)
    {
        var encoder = ExampleEncoder.ForModel(
            checkpoint,
            options.Model,
            options.Measurement with { Date = date },
            options.Tokenizer);
        return example =>
        {
            var encoded = encoder.Encode(example);
            RequireKnownTokens(encoded, decoder.VocabularySize, encoder.Tokenizer, options);
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
