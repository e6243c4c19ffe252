using LayerGrad.ChatTemplates;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tokenizers;

namespace LayerGrad.Runs.Measurements;

/// <summary>
/// What a measurement is, whatever it is taken of and wherever it is computed: how text becomes tokens, in which numbers, which weights and
/// which of their statistics. <c>measure</c>, <c>kernel</c>, studies and the probes of a training share it, and a run's metadata holds it.
/// </summary>
internal sealed record MeasurementSpecification
{
    private const string Attention = "attention";
    private const string OfThePaper = "paper";

    /// <summary>How the text becomes tokens and which of them count.</summary>
    public Protocol Protocol { get; init; } = Protocol.Paper;

    /// <summary>Whether the prompt is written by the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>What the chat template is given beside the conversation.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>The date that chat templates see; null for today, or the date of the run that goes on.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>The version of transformers whose changes to a folder's tokenizer are made; a tokenizer in a GGUF file knows none.</summary>
    public TokenizerRules TokenizerRules { get; init; }

    /// <summary>Which turns of the assistant count in the loss.</summary>
    public AssistantTurns Turns { get; init; }

    /// <summary>What of a response counts where the model thinks in it.</summary>
    public ThinkingMask Thinking { get; init; }

    /// <summary>Tokens after which an example is cut.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>Which weights: <c>mixer</c> or <c>attention</c>, <c>mlp</c>, <c>all</c>, or names with commas between them; null for the protocol's own.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether the parts of fused weights, such as the queries of <c>qkv_proj</c>, are measured beside the whole.</summary>
    public bool SplitFused { get; init; }

    /// <summary>Statistics beside those of every run: names with commas between them, or <c>all</c>; null for none.</summary>
    public string? Statistics { get; init; }

    /// <summary>Whether all singular values are written.</summary>
    public bool Spectra { get; init; }

    /// <summary>Whether each token's share of each gradient is written to <c>RUN.tokens.jsonl</c>.</summary>
    public bool Tokens { get; init; }

    /// <summary>Whether the cosines between layers are written.</summary>
    public bool Cosine { get; init; }

    /// <summary>Whether the inner products between the examples' gradients are written to <c>RUN.noise.json</c>.</summary>
    public bool Noise { get; init; }

    /// <summary>In which numbers to compute.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The selection of weights in a run's metadata: the names as given, or the protocol's own choice.</summary>
    public string WeightSelection => Weights is null
        ? Protocol == Protocol.Paper ? OfThePaper : Attention
        : string.Join(',', Weights.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>The same with a selection of weights as <see cref="WeightSelection"/> says it.</summary>
    internal MeasurementSpecification WithSelection(string selection) =>
        this with { Weights = Protocol == Protocol.Paper && selection == OfThePaper ? null : selection };

    /// <summary>The weights that are measured of a model.</summary>
    /// <param name="specification">The model.</param>
    /// <exception cref="InputException">A name matches none of its weights.</exception>
    internal IReadOnlyList<SelectedWeight> SelectWeights(DecoderSpecification specification)
    {
        var weights = Weights is null && Protocol == Protocol.Paper
            ? Gradients.WeightSelector.OriginalScript(specification, SplitFused)
            : Gradients.WeightSelector.Parse(specification, Weights ?? Attention, SplitFused);
        return Cosine || Tokens ? Gradients.WeightSelector.Whole(weights) : weights;
    }

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        StatisticSelection.Parse(Statistics);
        if (MaxLength < 2)
            throw new InputException($"--max-length {MaxLength}: at least 2 tokens are needed, one of them of the response.");
        if (SplitFused && (Cosine || Tokens))
            throw new InputException($"--split-fused: {(Cosine ? "cosines" : "token shares")} are those of whole weights; leave out --split-fused or {(Cosine ? "--cosine" : "--tokens")}.");
    }
}
