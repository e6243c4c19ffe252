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
    }

    private long HeadElements => _specification.Head.Linear.Weight.Count;

    private int Hidden => _specification.HiddenSize;

    /// <summary>What a plan takes.</summary>
    public MemoryPlan Plan(int tokenBudget, int maxLength, int residentLayers, bool residentHead, int keptLayers)
    {
        var tokens = Math.Max(tokenBudget, maxLength);
        var state = StateElements(tokens);
        var layers = _specification.Layers.Count;
        var weights = (_specification.PositionEmbedding?.Count ?? 0) + _specification.Layers.Take(residentLayers).Sum(LayerElements) + (residentLayers < layers ? _largestLayer : 0) + (residentHead ? HeadElements : 0);
        var recomputes = keptLayers < layers;
        return new MemoryPlan(tokenBudget, residentLayers, residentHead, keptLayers,
        [
            new MemoryPart("weights", weights * _elementBytes),
            new MemoryPart("layer inputs", (long)tokens * Hidden * (layers + 2) * _elementBytes),
            new MemoryPart("kept activations", state * keptLayers * _elementBytes),
            new MemoryPart("work space", (ScratchElements(tokens) + (recomputes ? state : 0)) * _elementBytes),
            new MemoryPart("logits", LogitElements(tokens, residentHead) * _elementBytes),
            new MemoryPart("spectra", SpectraBytes(maxLength)),
            new MemoryPart("program", Base),
        ]);
    }

    /// <summary>For how many layers activations can be kept within some bytes.</summary>
    public int KeptWithin(long bytes, int tokens) =>
        (int)Math.Clamp(bytes / Math.Max(1, StateElements(tokens) * _elementBytes), 0, _specification.Layers.Count);

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

    private LayerState<float> State(LayerSpecification layer, int tokens, out long elements)
    {
        (var state, elements) = Workspace<float>.Count(workspace => new LayerState<float>(layer, Hidden, workspace, tokens));
        return state;
    }

    /// <summary>The most that the backward of a layer needs of its forward.</summary>
    private long StateElements(int tokens) => _specification.Layers.Max(layer =>
    {
        State(layer, tokens, out var elements);
        return elements;
    });

    /// <summary>The most that a layer's forward or backward takes beside what it keeps.</summary>
    private long ScratchElements(int tokens)
    {
        var pass = new PlannedPass(tokens, _ => true);
        return _specification.Layers.Max(layer =>
        {
            var state = State(layer, tokens, out _);
            return Math.Max(
                DecoderLayer.ForwardScratch(pass, layer, Hidden, state, output: true), DecoderLayer.BackwardScratch(pass, layer, Hidden, state, needsInput: true));
        });
    }

    private long LogitElements(long tokens, bool residentHead)
    {
        var vocabulary = _specification.Head.Linear.Outputs;
        var rows = Math.Min(tokens, Head.RowsAtATime(vocabulary));
        return rows * vocabulary + 3 * tokens * Hidden + (residentHead ? 0 : Head.BlockRows(_specification.Head) * (long)Hidden);
    }

    private long SpectraBytes(int maxLength)
    {
        var widest = _specification.Layers.SelectMany(layer => layer.Mixer?.Linears ?? layer.Linears).Max(linear => Math.Max(linear.Inputs, linear.Outputs));
        long side = Math.Min(maxLength, widest);
        var perThread = 5 * side * side * sizeof(double) + (_elementBytes == sizeof(double) ? 3L * maxLength * widest * sizeof(double) : side * widest * sizeof(double));
        return _threads * perThread;
    }
}
