using LayerGrad.ChatTemplates;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring;

/// <summary>What to measure, on what, and where to write it: the options of <c>layergrad measure</c>.</summary>
public sealed record MeasureOptions
{
    /// <summary>A Hugging Face folder, a GGUF file, or a name on the hub.</summary>
    public required string Model { get; init; }

    /// <summary>Where the files of a model on the hub lie; null where <see cref="Model"/> says it.</summary>
    public string? ModelFiles { get; init; }

    /// <summary>The dataset: a JSON array or JSON Lines.</summary>
    public required string Data { get; init; }

    /// <summary><c>RUN.jsonl</c>, written beside its metadata.</summary>
    public required string Out { get; init; }

    /// <summary>Whether the instruction goes through the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>What the chat template is given beside the conversation.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>Tokens after which an example is cut.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>How the text becomes tokens and which of them count.</summary>
    public Protocol Protocol { get; init; } = Protocol.Paper;

    /// <summary>At most this many examples of the range; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>A part of the dataset; null for all of it.</summary>
    public ExampleRange? Range { get; init; }

    /// <summary>A part of the run's packing windows; null for all of them.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Which weights: <c>attention</c>, <c>mlp</c>, <c>all</c>, or names; null for the protocol's own.</summary>
    public string? Weights { get; init; }

    /// <summary>The selection of weights in a run's metadata: the names as given, or the protocol's own choice.</summary>
    internal string WeightSelection => Weights is null
        ? Protocol == Protocol.Paper ? "paper" : "attention"
        : string.Join(',', Weights.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>Whether the parts of fused weights, such as the queries of <c>qkv_proj</c>, are measured beside the whole.</summary>
    public bool SplitFused { get; init; }

    /// <summary>Whether all singular values are written.</summary>
    public bool Spectra { get; init; }

    /// <summary>Whether each token's share of each gradient is written to <c>RUN.tokens.jsonl</c>.</summary>
    public bool Tokens { get; init; }

    /// <summary>Whether the cosines between layers are written.</summary>
    public bool Cosine { get; init; }

    /// <summary>A folder with another tokenizer than the model's.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The version of transformers whose changes to a folder's tokenizer are made.</summary>
    public TokenizerRules TokenizerRules { get; init; }

    /// <summary>The date that chat templates see; null for today, or the date of the run that goes on.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>On what to compute: <c>auto</c> or <c>cpu</c>.</summary>
    public string Device { get; init; } = DeviceFactory.Automatic;

    /// <summary>In which numbers to compute.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Bytes that the run may use; null for 70 % of what is free.</summary>
    public long? Memory { get; init; }

    /// <summary>Processor threads; null for as many as there are.</summary>
    public int? Threads { get; init; }

    /// <summary>On what to compute, and how much of the machine that may take.</summary>
    internal DeviceOptions Machine => new(Device, Threads, Memory);

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        if (MaxLength < 2)
            throw new InputException($"--max-length {MaxLength}: at least 2 tokens are needed, one of them of the response.");
        if (SplitFused && (Cosine || Tokens))
            throw new InputException($"--split-fused: {(Cosine ? "cosines" : "token shares")} are those of whole weights; leave out --split-fused or {(Cosine ? "--cosine" : "--tokens")}.");
        if (Limit < 1)
            throw new InputException($"--limit {Limit}: at least 1 example is needed.");
        if (Threads is { } threads && (threads < 1 || threads > Environment.ProcessorCount))
            throw new InputException($"--threads {threads}: this machine has {Environment.ProcessorCount}; ask for 1 to {Environment.ProcessorCount}.");
        _ = DeviceFactory.NameOf(Device);
        if (Precision is Precision.TensorFloat32 or Precision.BFloat16)
            throw new InputException($"--precision {Precision.NameOf()}: only GPUs compute in it; on the processor there are fp32 and fp64.");
    }

    /// <summary>The weights that are measured of a model.</summary>
    /// <param name="specification">The model.</param>
    /// <exception cref="InputException">A name matches none of its weights.</exception>
    internal IReadOnlyList<Gradients.SelectedWeight> SelectWeights(DecoderSpecification specification) =>
        Weights is null && Protocol == Protocol.Paper
            ? Gradients.WeightSelection.OriginalScript(specification, SplitFused)
            : Gradients.WeightSelection.Parse(specification, Weights ?? "attention", SplitFused);

    /// <summary>The positions that <see cref="Range"/> and <see cref="Limit"/> select, half-open.</summary>
    /// <param name="count">Examples in the dataset.</param>
    /// <exception cref="InputException">The range reaches beyond the dataset.</exception>
    internal (int First, int End) Select(int count)
    {
        var first = Range?.Start ?? 0;
        var end = Range?.End ?? count;
        if (first >= count || end > count)
            throw new InputException($"--range {Range}: {Data} has the examples 0 to {count - 1}, so the range must lie within 0:{count}.");
        return (first, Limit is { } limit ? (int)Math.Min(end, (long)first + limit) : end);
    }
}
