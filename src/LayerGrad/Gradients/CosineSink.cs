using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>
/// Inner products and cosines between the gradients of different weights for one example, by the cheaper of two ways: from their factors,
/// ⟨Δ₁ᵀX₁, Δ₂ᵀX₂⟩ = Σ (X₁X₂ᵀ) ∘ (Δ₁Δ₂ᵀ), or, where the example has many tokens, by forming a band of rows of all these gradients at a time and adding up the bands' Gram matrices.
/// The factors of the chosen weights are kept for the whole batch.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="device">Where the gradients are.</param>
/// <param name="weights">The weights, whole ones.</param>
internal sealed class CosineSink<T>(Device<T> device, IReadOnlyList<SelectedWeight> weights) : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The elements of a band of all gradients.</summary>
    private const long BandElements = 1 << 22;

    private readonly HashSet<string> _names = [.. weights.Select(weight => weight.Name)];
    private readonly Dictionary<string, KeptFactors<T>> _factors = new(StringComparer.Ordinal);
    private readonly List<DeviceMemory<T>> _kept = [];
    private readonly HashSet<string> _excluded = new(StringComparer.Ordinal);
    private DeviceMemory<T>? _products;

    /// <summary>What such a sink will ask for and take.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="weights">The weights, whole ones.</param>
    /// <param name="kinds">Those of which all <see cref="Cosines"/> will be asked for, each list of one shape.</param>
    public static PlannedSink Planned(DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, IReadOnlyList<IReadOnlyList<SelectedWeight>> kinds)
    {
        var names = weights.Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);

        // Of an input that several weights read there is one copy.
        var perToken = specification.Groups.Select(group => (Group: group, Wanted: group.Linears.Where(linear => names.Contains(linear.Weight.Name)).ToList()))
            .Where(entry => entry.Wanted.Count > 0).Sum(entry => entry.Group.Share * (entry.Wanted[0].Inputs + entry.Wanted.Sum(linear => (double)linear.Outputs)));
        long Room(int longest) => Math.Max(
            ProductElements(longest, longest), kinds.Select(kind => TakesBands(kind, (double)kind.Count * longest) ? (long)kind.Count * BandHeight(kind) * kind[0].Inputs : 0).DefaultIfEmpty().Max());
        return PlannedSink.For(names, (tokens, longest) =>
            [new MemoryPart("cosines", ((long)Math.Ceiling(perToken * tokens) + Room(longest)) * Unsafe.SizeOf<T>())]);
    }

    /// <summary>Takes a weight's gradients out of the batch: its cosines are NaN.</summary>
    /// <param name="weight">The weight.</param>
    public void Exclude(SelectedWeight weight) => _excluded.Add(weight.Name);

    /// <summary>The cosine between the gradients of two weights of one shape; NaN where one of them is zero.</summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="a">A weight.</param>
    /// <param name="b">Another.</param>
    public double Cosine(int example, SelectedWeight a, SelectedWeight b)
    {
        var (ab, aa, bb) = (Inner(example, a, b), Inner(example, a, a), Inner(example, b, b));
        return Sum(ab) / Math.Sqrt(Sum(aa) * Sum(bb));
    }

    /// <summary>The cosines between every two of some weights.</summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="chosen">Weights of one shape.</param>
    public double[][] Cosines(int example, IReadOnlyList<SelectedWeight> chosen)
    {
        var tokens = chosen.Sum(weight => (double)(_factors.GetValueOrDefault(weight.Name)?.Of(example)?.Input.Rows ?? 0));
        var inner = TakesBands(chosen, tokens) && !chosen.Any(weight => _excluded.Contains(weight.Name)) ? FromBands(example, chosen) : FromFactors(example, chosen);
        return [.. Enumerable.Range(0, chosen.Count).Select(i =>
            Enumerable.Range(0, chosen.Count).Select(j => inner[i, j] / Math.Sqrt(inner[i, i] * inner[j, j])).ToArray())];
    }

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _names.Contains(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples) => Clear();

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var wanted = gradient.Outputs.Where(output => _names.Contains(output.Linear.Weight.Name)).ToList();
        if (wanted.Count == 0)
            return;
        var input = Keep(gradient.Input);
        foreach (var output in wanted)
            _factors[output.Linear.Weight.Name] = new KeptFactors<T>(input, Keep(output.Delta), gradient.Segments);
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        // The factors stay for the cosines, which are taken when they are asked for.
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Clear();
        _products?.Dispose();
    }

    /// <summary>The inner products of every two gradients, each by itself.</summary>
    internal double[,] FromFactors(int example, IReadOnlyList<SelectedWeight> chosen)
    {
        var products = new List<DeviceResult<double[]>>();
        for (var i = 0; i < chosen.Count; i++)
        {
            for (var j = 0; j <= i; j++)
                products.Add(Inner(example, chosen[i], chosen[j]));
        }

        var inner = new double[chosen.Count, chosen.Count];
        var next = 0;
        for (var i = 0; i < chosen.Count; i++)
        {
            for (var j = 0; j <= i; j++)
                inner[i, j] = inner[j, i] = Sum(products[next++]);
        }

        return inner;
    }

    /// <summary>The same, of which none is excluded, over bands of rows of all gradients.</summary>
    internal double[,] FromBands(int example, IReadOnlyList<SelectedWeight> chosen)
    {
        var (count, height) = (chosen.Count, BandHeight(chosen));
        var formed = device.Reserve(ref _products, (long)count * height * chosen[0].Inputs);
        var sums = GradientKernel<T>.OverBands(device, formed, height, count, chosen[0], i => _factors.GetValueOrDefault(chosen[i].Name)?.Of(example));
        var inner = new double[count, count];
        Buffer.BlockCopy(sums, 0, inner, 0, sums.Length * sizeof(double));
        return inner;
    }

    /// <summary>What adds up to the inner product; a single NaN where a weight is excluded, nothing where a gradient is zero.</summary>
    private DeviceResult<double[]> Inner(int example, SelectedWeight a, SelectedWeight b)
    {
        if (_excluded.Contains(a.Name) || _excluded.Contains(b.Name))
            return new DeviceResult<double[]>([double.NaN]);
        if (_factors.GetValueOrDefault(a.Name)?.Of(example) is not { } first || _factors.GetValueOrDefault(b.Name)?.Of(example) is not { } second)
            return new DeviceResult<double[]>([]);
        var (rows, columns) = (first.Input.Rows, second.Input.Rows);
        var memory = device.Reserve(ref _products, ProductElements(rows, columns));
        var (inputs, deltas) = (memory.AsMatrix(rows, columns), memory.AsMatrix(rows, columns, (long)rows * columns));
        device.Multiply(first.Input, false, second.Input, true, inputs);
        device.Multiply(first.Delta, false, second.Delta, true, deltas);
        return device.DotRows(inputs, deltas);
    }

    private static double Sum(DeviceResult<double[]> products) => products.Wait().Sum();

    /// <summary>Whether inner products of all weights of a kind take fewer operations over bands than from factors.</summary>
    private static bool TakesBands(IReadOnlyList<SelectedWeight> kind, double tokens)
    {
        var (factors, bands) = GradientKernel<T>.Operations(kind.Count, tokens, kind[0].Outputs, kind[0].Inputs);
        return bands < factors;
    }

    private static int BandHeight(IReadOnlyList<SelectedWeight> kind) => GradientKernel<T>.BandHeight(BandElements, kind.Count, kind[0].Outputs, kind[0].Inputs);

    /// <summary>The products of the inputs and of the deltas.</summary>
    private static long ProductElements(int rows, int columns) => 2L * rows * columns;

    private Matrix<T> Keep(Matrix<T> matrix)
    {
        var memory = device.Allocate(matrix.Count);
        _kept.Add(memory);
        var copy = memory.AsMatrix(matrix.Rows, matrix.Columns);
        device.Copy(matrix, copy);
        return copy;
    }

    private void Clear()
    {
        _kept.ForEach(memory => memory.Dispose());
        _kept.Clear();
        _factors.Clear();
        _excluded.Clear();
    }
}
