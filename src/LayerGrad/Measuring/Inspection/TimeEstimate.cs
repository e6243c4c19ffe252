using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring.Inspection;

/// <summary>
/// About how long measuring takes, before any of it is done: the operations of a run, from sizes alone, over the
/// rate of a short multiplication on the machine as it is now. Reading a checkpoint anew for every window is not in it.
/// </summary>
public sealed class TimeEstimate
{
    /// <summary>What an operation of the reduction to tridiagonal form costs, in operations of a large product: it is bound by memory.</summary>
    private const double ReductionCost = 8;

    /// <summary>Norms, activations, attention and copies beside the products.</summary>
    private const double ElementOperations = 1.15;

    private readonly double _rate;
    private readonly double _perToken;
    private readonly double _perResponseToken;
    private readonly IReadOnlyList<(int Outputs, int Inputs)> _weights;

    private TimeEstimate(double rate, double perToken, double perResponseToken, IReadOnlyList<(int Outputs, int Inputs)> weights)
    {
        _rate = rate;
        _perToken = perToken;
        _perResponseToken = perResponseToken;
        _weights = weights;
    }

    /// <summary>Measures the rate, which takes some hundredths of a second.</summary>
    /// <param name="device">What will compute.</param>
    /// <param name="specification">The model.</param>
    /// <param name="selected">The weights that will be measured.</param>
    /// <param name="plan">How the model is held in memory.</param>
    internal static TimeEstimate Create<T>(Device<T> device, DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MemoryPlan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Two operations a weight and token forward and as many backward; where activations are not kept, the forward twice.
        double elements = specification.Layers.Sum(layer => layer.ActiveWeights);
        var again = specification.Layers.Take(specification.Layers.Count - plan.KeptLayers).Sum(layer => layer.ActiveWeights);
        return new TimeEstimate(
            DeviceSpeed.OperationsPerSecond(device), 4.0 * elements + 2.0 * again, 4.0 * specification.Head.Linear.Weight.Count, [.. selected.Select(weight => (weight.Outputs, weight.Inputs))]);
    }

    /// <summary>About how long a run takes.</summary>
    /// <param name="examples">The examples; taken to be of the same length.</param>
    /// <param name="tokens">The tokens of all of them; half of them taken to belong to responses.</param>
    public TimeSpan For(long examples, long tokens)
    {
        if (examples == 0)
            return TimeSpan.Zero;
        var length = (double)tokens / examples;
        var statistics = _weights.Sum(weight => StatisticsOperations(weight.Outputs, weight.Inputs, length));
        return TimeSpan.FromSeconds((ElementOperations * (_perToken + _perResponseToken / 2) * tokens + statistics * examples) / _rate);
    }

    /// <summary>Forming the gradient for its extremes, inner products in double precision, and the eigenvalues.</summary>
    private static double StatisticsOperations(double outputs, double inputs, double tokens)
    {
        var order = Math.Min(tokens, Math.Min(outputs, inputs));
        return 2 * tokens * outputs * inputs + 2 * order * order * (outputs + inputs) + ReductionCost * 4 / 3 * order * order * order;
    }
}
