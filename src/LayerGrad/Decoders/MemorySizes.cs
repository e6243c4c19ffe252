using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>The sizes behind a <see cref="MemoryPlan"/>.</summary>
internal sealed class MemorySizes
{
    /// <summary>What the process takes before any model: runtime, tokenizer, dataset, the BLAS library's own buffers.</summary>
    private const long Base = 256L << 20;

    private readonly DecoderSpecification _specification;
    private readonly int _elementBytes;
    private readonly int _threads;
    private readonly long _largestLayer;
    private readonly long _statePerToken;

    /// <summary>Adds up a model's sizes.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="elementBytes">4 for float32, 8 for float64.</param>
    /// <param name="threads">The threads that compute.</param>
    public MemorySizes(DecoderSpecification specification, int elementBytes, int threads)
    {
        _specification = specification;
        _elementBytes = elementBytes;
        _threads = threads;
        _largestLayer = specification.Layers.Max(LayerElements);
        _statePerToken = specification.Layers.Max(StatePerToken);
    }

    private long HeadElements => _specification.Head.Linear.Weight.Count;

    private int Hidden => _specification.HiddenSize;

    /// <summary>What a plan takes.</summary>
    public MemoryPlan Plan(int tokenBudget, int maxLength, int residentLayers, bool residentHead, int keptLayers)
    {
        long tokens = Math.Max(tokenBudget, maxLength);
        var layers = _specification.Layers.Count;
        var weights = (_specification.PositionEmbedding?.Count ?? 0) + _specification.Layers.Take(residentLayers).Sum(LayerElements) + (residentLayers < layers ? _largestLayer : 0) + (residentHead ? HeadElements : 0);
        var recomputes = keptLayers < layers;
        return new MemoryPlan(tokenBudget, residentLayers, residentHead, keptLayers,
        [
            new MemoryPart("weights", weights * _elementBytes),
            new MemoryPart("layer inputs", tokens * Hidden * (layers + 2) * _elementBytes),
            new MemoryPart("kept activations", tokens * _statePerToken * keptLayers * _elementBytes),
            new MemoryPart("work space", tokens * (ScratchPerToken() + (recomputes ? _statePerToken : 0)) * _elementBytes),
            new MemoryPart("logits", LogitElements(tokens, residentHead) * _elementBytes),
            new MemoryPart("spectra", SpectraBytes(maxLength)),
            new MemoryPart("program", Base),
        ]);
    }

    /// <summary>For how many layers activations can be kept within some bytes.</summary>
    public int KeptWithin(long bytes, long tokens) =>
        (int)Math.Clamp(bytes / Math.Max(1, tokens * _statePerToken * _elementBytes), 0, _specification.Layers.Count);

    /// <summary>Uses what a streamed plan leaves of the budget for the head and then for layers.</summary>
    public MemoryPlan WithResident(MemoryPlan plan, int maxLength, long budget)
    {
        var head = Plan(plan.TokenBudget, maxLength, 0, residentHead: true, 0);
        var best = head.Bytes <= budget ? head : plan;
        for (var layers = 1; layers <= _specification.Layers.Count; layers++)
        {
            var more = Plan(plan.TokenBudget, maxLength, layers, best.ResidentHead, 0);
            if (more.Bytes > budget)
                break;
            best = more;
        }

        return best;
    }

    private static long LayerElements(LayerSpecification layer) => layer.Parameters.Sum(parameter => (parameter.Count + 15) / 16 * 16);

    private static long FeedForwardColumns(FeedForwardSpecification feedForward) => feedForward switch
    {
        DenseFeedForwardSpecification dense => DenseFeedForward<float>.Columns(dense),
        MixtureOfExpertsSpecification mixture => mixture.Experts.Count
            + mixture.ExpertsPerToken * (long)(DenseFeedForward<float>.Columns(mixture.Experts[0]) + mixture.Experts[0].Down.Outputs),
        _ => 0,
    };

    private long StatePerToken(LayerSpecification layer)
    {
        var attention = layer.Attention;
        var copies = 1 + (attention.Norms.Any() ? 1 : 0) + (attention.Clamp is null ? 0 : 1);
        var norms = (layer.ParallelResidual ? 0 : 1) + (layer.AttentionOutputNorm is null ? 0 : 1) + (layer.FeedForwardOutputNorm is null ? 0 : 1);
        return (long)copies * attention.Columns + attention.Heads * (attention.HeadSize + 1L) + FeedForwardColumns(layer.FeedForward) + (long)norms * Hidden;
    }

    /// <summary>The most that a layer's forward or backward takes beside what it keeps.</summary>
    private long ScratchPerToken() => _specification.Layers.Max(layer =>
    {
        var intermediate = layer.FeedForward switch
        {
            DenseFeedForwardSpecification dense => (long)dense.IntermediateSize,
            MixtureOfExpertsSpecification mixture => mixture.Experts[0].IntermediateSize,
            _ => 0,
        };
        var feedForward = 4 * intermediate + 3L * Hidden;
        var attention = layer.Attention.Columns + (long)layer.Attention.Heads * layer.Attention.HeadSize + 2L * Hidden;
        return 4L * Hidden + Math.Max(feedForward, attention);
    });

    private long LogitElements(long tokens, bool residentHead)
    {
        var vocabulary = _specification.Head.Linear.Outputs;
        var rows = Math.Min(tokens, Head.RowsAtATime(vocabulary));
        return rows * vocabulary + 3 * tokens * Hidden + (residentHead ? 0 : Head.BlockRows(_specification.Head) * (long)Hidden);
    }

    private long SpectraBytes(int maxLength)
    {
        var widest = _specification.Layers.SelectMany(layer => layer.Attention.Linears).Max(linear => Math.Max(linear.Inputs, linear.Outputs));
        long side = Math.Min(maxLength, widest);
        var perThread = 5 * side * side * sizeof(double) + (_elementBytes == sizeof(double) ? 3L * maxLength * widest * sizeof(double) : side * widest * sizeof(double));
        return _threads * perThread;
    }
}
