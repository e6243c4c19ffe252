using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>Adds up what everything that takes memory says it takes, for a <see cref="MemoryPlan"/>.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="specification">The model.</param>
/// <param name="maxLength">The longest example in tokens.</param>
/// <param name="device">What the device takes.</param>
/// <param name="sink">What will receive the gradients.</param>
/// <param name="residentEmbedding">Whether an embedding of its own stays in memory, as training needs it.</param>
/// <param name="source">Where parameters are read, which says in how many bytes they can be held; null where all are held in the type that is computed in.</param>
internal sealed class MemorySizes<T>(
    DecoderSpecification specification, int maxLength, DeviceSizes device, PlannedSink sink, bool residentEmbedding = false, IParameterSource<T>? source = null)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name of what the process takes of the budget before any model.</summary>
    public const string Program = "program";

    /// <summary>How many layers the model has.</summary>
    public int Layers => specification.Layers.Count;

    /// <summary>The longest example in tokens.</summary>
    public int MaxLength => maxLength;

    /// <summary>What a plan takes.</summary>
    /// <param name="tokenBudget">The tokens of a batch.</param>
    /// <param name="residentLayers">How many layers, from the first on, stay in memory.</param>
    /// <param name="residentHead">Whether the head stays in memory.</param>
    /// <param name="keptLayers">For how many layers activations are kept.</param>
    /// <param name="heldLayers">How many of the layers behind the resident ones are held as they are stored.</param>
    public MemoryPlan Plan(int tokenBudget, int residentLayers, bool residentHead, int keptLayers, int heldLayers = 0)
    {
        var tokens = Math.Max(tokenBudget, maxLength);
        var pass = Decoder<T>.Sizes(specification, new PlannedPass(tokens, sink.Wants, sink.Accumulates), keptLayers);
        return new MemoryPlan(tokenBudget, residentLayers, residentHead, keptLayers,
        [
            new MemoryPart("weights", WeightStore<T>.Bytes(specification, residentLayers, residentHead, residentEmbedding, ParameterBytes)),
            .. heldLayers > 0 ? [new MemoryPart("weights as stored", specification.Layers.Skip(residentLayers).Take(heldLayers).SelectMany(layer => layer.Parameters).Sum(source!.StoredBytes))] : (MemoryPart[])[],
            new MemoryPart("layer inputs", Bytes(pass.Stream)),
            new MemoryPart("kept activations", Bytes(pass.Kept)),
            new MemoryPart("work space", Bytes(pass.Layers)),
            new MemoryPart("logits", Bytes(pass.Scratch - pass.Layers)), // What they take beyond the work space, which is free while the head is computed.
            new MemoryPart("rotary tables", Bytes(RotaryTables<T>.Elements(specification, tokens, maxLength))),
            new MemoryPart("spectra", device.WorkSpaceBytes(WorkOf(tokens))), // And what mixers take: whatever the device has for itself.
            .. sink.Memory(tokens, maxLength),
            new MemoryPart(Program, device.ProgramBytes),
        ])
        {
            HeldLayers = heldLayers,
            ReadLayers = Layers - residentLayers - heldLayers,
        };
    }

    /// <summary>The plan that keeps the activations of as many layers as the budget allows, all weights resident.</summary>
    /// <returns>Null where it does not even allow to keep none.</returns>
    public MemoryPlan? KeptWithin(int tokenBudget, long budget)
    {
        var layers = specification.Layers.Count;
        return MostWithin(layers, budget, kept => Plan(tokenBudget, layers, residentHead: true, kept));
    }

    /// <summary>
    /// The plan that uses what a budget leaves for the head and then for layers; none of their activations are kept. Layers that take less as they are stored are held so
    /// first, all of them where that fits, and as many as then fit are decoded once and for all.
    /// </summary>
    /// <returns>Null where it does not even allow to read all of them.</returns>
    public MemoryPlan? ResidentWithin(int tokenBudget, long budget)
    {
        var head = Plan(tokenBudget, 0, residentHead: true, 0).Bytes <= budget;
        var layers = specification.Layers.Count;
        if (source is null || !specification.Layers.SelectMany(layer => layer.Parameters).Any(parameter => source.StoredBytes(parameter) > 0))
            return MostWithin(layers, budget, resident => Plan(tokenBudget, resident, head, 0));
        return MostWithin(layers - 1, budget, resident => Plan(tokenBudget, resident, head, 0, layers - resident))
            ?? MostWithin(layers, budget, held => Plan(tokenBudget, 0, head, 0, held));
    }

    /// <summary>
    /// A plan for a single batch, in whose memory no weights stay: each layer is looked at twice, and reading it again takes less time than the system takes to find memory for all of them.
    /// </summary>
    /// <param name="plan">The plan for many batches.</param>
    public MemoryPlan WithoutResidents(MemoryPlan plan) =>
        Plan(plan.TokenBudget, 0, residentHead: false, plan.KeptLayers) is var streamed && streamed.Bytes < plan.Bytes ? streamed : plan;

    /// <summary>The largest number whose plan fits; each takes more than the one before it.</summary>
    private static MemoryPlan? MostWithin(int most, long budget, Func<int, MemoryPlan> plan)
    {
        var (fitting, low, high) = (default(MemoryPlan), 0, most);
        while (low <= high)
        {
            var middle = low + (high - low + 1) / 2;
            var tried = plan(middle);
            if (tried.Bytes <= budget)
                (fitting, low) = (tried, middle + 1);
            else
                high = middle - 1;
        }

        return fitting;
    }

    private PlannedWork WorkOf(int tokens)
    {
        var heads = specification.Layers.Select(layer => layer.Mixer?.HeadColumns ?? default).ToList();
        var linears = specification.Layers.SelectMany(layer => layer.Linears).Append(specification.Head.Linear).Select(linear => linear.Weight).ToList();
        return new PlannedWork(maxLength, tokens, sink.Summarized)
        {
            Heads = heads.Max(mixer => mixer.Heads),
            HeadColumns = heads.Max(mixer => mixer.Columns),
            LargestWeight = linears.Max(weight => weight.Count),
            States = [.. specification.Layers.SelectMany(layer => layer.Mixer?.StateSizes ?? []).Distinct()],
            Widest = specification.Layers.SelectMany(layer => layer.Linears).Select(linear => linear.Weight.Rows + linear.Weight.Columns).DefaultIfEmpty().Max(),
        };
    }

    private int ParameterBytes(ParameterSpecification parameter) => device.ParameterBytes(source?.StorageOf(parameter) ?? ParameterStorage.Element);

    private static long Bytes(long elements) => elements * Unsafe.SizeOf<T>();
}
