using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Gradients;

/// <summary>
/// The inner products ⟨G_i, G_j⟩ of one weight's gradients between all examples, exactly, by the cheaper of two ways:
/// from the factors, Σ (X_i X_jᵀ) ∘ (Δ_i Δ_jᵀ), for short examples; or, where examples have many tokens, by forming
/// a band of rows of all gradients at a time and adding up the bands' Gram matrices.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="device">Where it is computed.</param>
/// <param name="store">The factors.</param>
/// <param name="bandElements">The elements of a band of all examples' gradients.</param>
internal sealed class GradientKernel<T>(Device<T> device, FactorStore<T> store, long bandElements) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Tokens that are multiplied with as many others at a time.</summary>
    private const int BlockTokens = 1024;

    private DeviceMemory<T>? _formed;
    private DeviceMemory<T>? _inputs;
    private DeviceMemory<T>? _deltas;
    private T[] _room = [];

    /// <summary>Multiplications and additions that a weight's kernel takes.</summary>
    /// <param name="examples">The number of examples.</param>
    /// <param name="tokens">The tokens of all examples that reach the weight.</param>
    /// <param name="outputs">The rows of the gradient.</param>
    /// <param name="inputs">Its columns.</param>
    /// <returns>For the way from factors and for the way over bands.</returns>
    public static (double Factors, double Bands) Operations(int examples, double tokens, int outputs, int inputs) => (
        tokens * tokens * (outputs + inputs) + tokens * tokens,
        2 * tokens * outputs * inputs + 1.0 * examples * examples * outputs * inputs);

    /// <summary>The inner products.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="input">The factor that holds X.</param>
    /// <param name="delta">The factor that holds Δ.</param>
    /// <param name="examples">The examples' numbers in the store.</param>
    /// <returns>examples x examples, row-major, symmetric; 0 where an example has no token that reached the weight.</returns>
    public double[] InnerProducts(SelectedWeight weight, int input, int delta, IReadOnlyList<int> examples)
    {
        var rows = examples.Select(example => store.Length(input, example) / weight.Inputs).ToArray();
        var (factors, bands) = Operations(examples.Count, rows.Sum(count => (double)count), weight.Outputs, weight.Inputs);
        return factors <= bands ? FromFactors(weight, input, delta, examples, rows) : FromBands(weight, input, delta, examples, rows);
    }

    /// <summary>Σ (X_i X_jᵀ) ∘ (Δ_i Δ_jᵀ), a block of examples against another at a time.</summary>
    internal double[] FromFactors(SelectedWeight weight, int input, int delta, IReadOnlyList<int> examples, int[] rows)
    {
        var kernel = new double[(long)examples.Count * examples.Count];
        var blocks = Blocks(rows);
        for (var i = 0; i < blocks.Count; i++)
        {
            using var left = new FactorBlock(this, weight, input, delta, examples, rows, blocks[i]);
            FillBlock(kernel, left, left, examples.Count);
            for (var j = i + 1; j < blocks.Count; j++)
            {
                using var right = new FactorBlock(this, weight, input, delta, examples, rows, blocks[j]);
                FillBlock(kernel, left, right, examples.Count);
            }
        }

        return kernel;
    }

    /// <summary>Σ over bands of rows: G formed for all examples, then its Gram matrix.</summary>
    internal double[] FromBands(SelectedWeight weight, int input, int delta, IReadOnlyList<int> examples, int[] rows)
    {
        var height = BandHeight(bandElements, examples.Count, weight.Outputs, weight.Inputs);
        var formed = device.Reserve(ref _formed, (long)examples.Count * height * weight.Inputs);
        var most = Math.Max(1, rows.Max());
        var inputs = device.Reserve(ref _inputs, (long)most * weight.Inputs);
        var deltas = device.Reserve(ref _deltas, (long)most * weight.Outputs);
        return OverBands(device, formed, height, examples.Count, weight, i => rows[i] == 0
            ? null
            : (Load(input, examples[i], inputs.AsMatrix(rows[i], weight.Inputs)), Load(delta, examples[i], deltas.AsMatrix(rows[i], weight.Outputs))));
    }

    /// <summary>The rows of a band of gradients of one shape.</summary>
    /// <param name="elements">About how many elements the band of all gradients has.</param>
    /// <param name="count">The number of gradients.</param>
    /// <param name="outputs">Their rows.</param>
    /// <param name="inputs">Their columns.</param>
    internal static int BandHeight(long elements, int count, int outputs, int inputs) => (int)Math.Clamp(elements / ((long)count * inputs), 1, outputs);

    /// <summary>The inner products of gradients of one shape: a band of rows of all of them is formed at a time, and the bands' Gram matrices are added up.</summary>
    /// <param name="device">Where it is computed.</param>
    /// <param name="formed">Takes a band of all gradients.</param>
    /// <param name="height">The rows of a band.</param>
    /// <param name="count">The number of gradients.</param>
    /// <param name="shape">A weight of their shape.</param>
    /// <param name="factors">The factors of a gradient, asked for once a band; null where it is zero.</param>
    /// <returns>count x count, row-major, symmetric.</returns>
    internal static double[] OverBands(
        Device<T> device, DeviceMemory<T> formed, int height, int count, SelectedWeight shape, Func<int, (Matrix<T> Input, Matrix<T> Delta)?> factors)
    {
        var sums = new double[(long)count * count];
        for (var first = 0; first < shape.Outputs; first += height)
        {
            var band = Math.Min(height, shape.Outputs - first);
            for (var i = 0; i < count; i++)
            {
                var gradient = formed.AsMatrix(band, shape.Inputs, (long)i * band * shape.Inputs);
                if (factors(i) is var (input, delta))
                    device.Multiply(delta.ColumnRange(first, band), true, input, false, gradient);
                else
                    device.Clear(gradient);
            }

            device.AddGramMatrix(formed.AsMatrix(count, band * shape.Inputs), sums);
        }

        return sums;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _formed?.Dispose();
        _inputs?.Dispose();
        _deltas?.Dispose();
    }

    private void FillBlock(double[] kernel, FactorBlock left, FactorBlock right, int count)
    {
        using var memory = device.Allocate(2L * left.Input.Rows * right.Input.Rows);
        var x = memory.AsMatrix(left.Input.Rows, right.Input.Rows);
        var d = memory.AsMatrix(left.Input.Rows, right.Input.Rows, x.Count);
        device.Multiply(left.Input, false, right.Input, true, x);
        device.Multiply(left.Delta, false, right.Delta, true, d);
        var products = new DeviceResult<double[]>[right.Examples.Count];
        for (var j = 0; j < products.Length; j++)
        {
            // With all examples of the left at once, as far as they do not come behind this one.
            var (place, start, length) = right.Examples[j];
            var rows = left.Examples.TakeWhile(example => example.Place <= place).Sum(example => example.Length);
            products[j] = device.DotRows(x.RowRange(0, rows).ColumnRange(start, length), d.RowRange(0, rows).ColumnRange(start, length));
        }

        for (var j = 0; j < products.Length; j++)
        {
            var (place, sums) = (right.Examples[j].Place, products[j].Wait());
            foreach (var (i, start, length) in left.Examples.TakeWhile(example => example.Place <= place))
            {
                var sum = 0.0;
                foreach (var value in sums.AsSpan(start, length))
                    sum += value;
                kernel[(long)i * count + place] = kernel[(long)place * count + i] = sum;
            }
        }
    }

    private Matrix<T> Load(int factor, int example, Matrix<T> destination)
    {
        device.Upload(store.Read(factor, example, ref _room), destination);
        return destination;
    }

    /// <summary>Runs of neighbouring examples of about <see cref="BlockTokens"/> tokens, those without tokens left out.</summary>
    private static List<List<int>> Blocks(int[] rows)
    {
        var blocks = new List<List<int>>();
        var tokens = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] == 0)
                continue;
            if (blocks.Count == 0 || tokens + rows[i] > BlockTokens)
            {
                blocks.Add([]);
                tokens = 0;
            }

            blocks[^1].Add(i);
            tokens += rows[i];
        }

        return blocks;
    }

    /// <summary>The factors of some examples, one behind the other.</summary>
    private sealed class FactorBlock : IDisposable
    {
        /// <summary>The elements of a cache line, at which matrices start.</summary>
        private const int Alignment = 16;

        private readonly DeviceMemory<T> _memory;

        public FactorBlock(GradientKernel<T> kernel, SelectedWeight weight, int input, int delta, IReadOnlyList<int> examples, int[] rows, List<int> block)
        {
            var tokens = block.Sum(place => rows[place]);
            var behind = ((long)tokens * weight.Inputs + Alignment - 1) / Alignment * Alignment;
            _memory = kernel.Allocate(behind + (long)tokens * weight.Outputs);
            (Input, Delta) = (_memory.AsMatrix(tokens, weight.Inputs), _memory.AsMatrix(tokens, weight.Outputs, behind));
            var start = 0;
            foreach (var place in block)
            {
                kernel.Load(input, examples[place], Input.RowRange(start, rows[place]));
                kernel.Load(delta, examples[place], Delta.RowRange(start, rows[place]));
                Examples.Add((place, start, rows[place]));
                start += rows[place];
            }
        }

        public Matrix<T> Input { get; }

        public Matrix<T> Delta { get; }

        public List<(int Place, int Start, int Length)> Examples { get; } = [];

        public void Dispose() => _memory.Dispose();
    }

    private DeviceMemory<T> Allocate(long elements) => device.Allocate(elements);
}
