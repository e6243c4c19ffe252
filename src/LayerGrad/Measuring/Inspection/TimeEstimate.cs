using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring.Inspection;

/// <summary>
/// About how long measuring takes, before any of it is done: the operations of a run, from sizes alone, over the
/// rate of short multiplications on the machine as it is now. Reading a checkpoint anew for every window is not in it.
/// </summary>
internal sealed class TimeEstimate
{
    /// <summary>What an operation of the reduction to tridiagonal form costs, in operations of a large product: it is bound by memory.</summary>
    private const double ReductionCost = 8;

    /// <summary>Norms, activations, attention and copies beside the products.</summary>
    private const double ElementOperations = 1.15;

    /// <summary>How far real runs may be from the estimate at one rate, downwards and upwards; they were between 0.88 and 1.3 (docs/performance.md, "Told beforehand").</summary>
    private const double Least = 0.7;

    /// <inheritdoc cref="Least"/>
    private const double Most = 1.5;

    private readonly DeviceSpeed _speed;
    private readonly double _load;
    private readonly double _perToken;
    private readonly double _perCountedToken;
    private readonly IReadOnlyList<(int Outputs, int Inputs)> _weights;
    private readonly IReadOnlyList<(int Count, int Outputs, int Inputs)> _cosines;

    private TimeEstimate(
        DeviceSpeed speed, double load, double perToken, double perCountedToken, IReadOnlyList<(int Outputs, int Inputs)> weights, IReadOnlyList<(int Count, int Outputs, int Inputs)> cosines)
    {
        _speed = speed;
        _load = load;
        _perToken = perToken;
        _perCountedToken = perCountedToken;
        _weights = weights;
        _cosines = cosines;
    }

    /// <summary>Measures the rate, which takes about a tenth of a second.</summary>
    /// <param name="device">What will compute.</param>
    /// <param name="specification">The model.</param>
    /// <param name="selected">The weights that will be measured.</param>
    /// <param name="cosines">The weights between every two of which cosines will be taken, each list of one shape.</param>
    /// <param name="plan">How the model is held in memory.</param>
    /// <param name="load">How many times as long the run may take because of what else the machine does.</param>
    internal static TimeEstimate Create<T>(
        Device<T> device, DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, IReadOnlyList<IReadOnlyList<SelectedWeight>> cosines, MemoryPlan plan, double load)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Two operations a weight and token forward and as many backward; where activations are not kept, the forward twice.
        double elements = specification.Layers.Sum(layer => layer.ActiveWeights);
        var again = specification.Layers.Take(specification.Layers.Count - plan.KeptLayers).Sum(layer => layer.ActiveWeights);
        return new TimeEstimate(
            DeviceSpeed.Of(device), load, 4.0 * elements + 2.0 * again, 4.0 * specification.Head.Linear.Weight.Count, [.. selected.Select(weight => (weight.Outputs, weight.Inputs))],
            [.. cosines.Select(kind => (kind.Count, kind[0].Outputs, kind[0].Inputs))]);
    }

    /// <summary>About how long examples take.</summary>
    /// <param name="examples">The examples that are measured.</param>
    public ExpectedTime For(IEnumerable<ExampleLength> examples)
    {
        var operations = Operations(examples);

        // A product that found its processors free says nothing of the load, and one that had to wait for them has paid for it already.
        var slowest = Math.Min(_speed.Slowest, _speed.Fastest / _load);
        return new ExpectedTime(
            TimeSpan.FromSeconds(Least * operations / _speed.Fastest), TimeSpan.FromSeconds(operations / _speed.Usual), TimeSpan.FromSeconds(Most * operations / slowest))
        {
            Operations = operations,
            Rate = _speed.Usual,
        };
    }

    /// <summary>About how long examples take that are as long as each other.</summary>
    /// <param name="examples">How many there are.</param>
    /// <param name="length">The length of each.</param>
    public ExpectedTime For(int examples, ExampleLength length) => For(Enumerable.Repeat(length, examples));

    /// <summary>The operations that examples take, each as long as one of a large product.</summary>
    private double Operations(IEnumerable<ExampleLength> examples)
    {
        var ofLength = new Dictionary<int, double>();
        var sum = 0.0;
        foreach (var (tokens, counted) in examples)
        {
            if (!ofLength.TryGetValue(tokens, out var statistics))
                ofLength[tokens] = statistics = _weights.Sum(weight => StatisticsOperations(weight.Outputs, weight.Inputs, tokens)) + _cosines.Sum(kind => CosineOperations(kind, tokens));
            sum += ElementOperations * (_perToken * tokens + _perCountedToken * counted) + statistics;
        }

        return sum;
    }

    private static double CosineOperations((int Count, int Outputs, int Inputs) kind, double tokens)
    {
        var (factors, bands) = GradientKernel<float>.Operations(kind.Count, kind.Count * tokens, kind.Outputs, kind.Inputs);
        return Math.Min(factors, bands);
    }

    /// <summary>Forming the gradient for its extremes, inner products in double precision, and the eigenvalues.</summary>
    private static double StatisticsOperations(double outputs, double inputs, double tokens)
    {
        var order = Math.Min(tokens, Math.Min(outputs, inputs));
        return 2 * tokens * outputs * inputs + 2 * order * order * (outputs + inputs) + ReductionCost * 4 / 3 * order * order * order;
    }
}
