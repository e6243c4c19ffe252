using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Engines;

/// <summary>
/// The inner products between the gradients of a run's examples, while it is measured: the factors of the first of them are kept, and multiplied weight by
/// weight when all are there.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class NoiseProducts<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most examples that are compared: their products take 2 MiB a matrix.</summary>
    public const int MostExamples = 512;

    private const long MostBandBytes = 256L << 20;

    private readonly Device<T> _device;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly FactorStore<T> _store;
    private readonly SortedSet<int> _kept = [];
    private readonly long _bandBytes;
    private readonly (int First, int End) _range;
    private int _leftOut;

    /// <summary>Begins to keep.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The measured weights; of fused ones their parts are left out.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="memory">The bytes that are left.</param>
    public NoiseProducts(Device<T> device, IReadOnlyList<SelectedWeight> weights, MeasureRunOptions options, long memory)
    {
        (_device, _weights) = (device, WeightSelector.Whole(weights));
        _bandBytes = Math.Clamp(memory / 8, 1 << 20, MostBandBytes);
        _store = new SpillingFactorStore<T>(Math.Max(0, memory / 2), Path.GetDirectoryName(Path.GetFullPath(options.Out))!);
        _range = (options.Range?.Start ?? 0, options.End ?? int.MaxValue);
        Sink = new KernelSink<T>(device, _weights, _store);
    }

    /// <summary>Takes the gradients.</summary>
    public KernelSink<T> Sink { get; }

    /// <summary>Says which examples come next.</summary>
    /// <param name="window">The examples, in the order of the batch.</param>
    public void Expect(IReadOnlyList<TokenizedExample> window)
    {
        var wanted = window.Select(example => example.Example.Index).Where(index => index >= _range.First && index < _range.End).Order().ToList();
        var taken = wanted.Take(MostExamples - _kept.Count).ToHashSet();
        _leftOut += wanted.Count - taken.Count;
        _kept.UnionWith(taken);
        Sink.Expect([.. window.Select(example => taken.Contains(example.Example.Index) ? example.Example.Index : KernelSink<T>.NotKept)]);
    }

    /// <summary>Leaves an example out whose numbers come to the edge of the element type.</summary>
    /// <param name="example">The example.</param>
    /// <param name="isMeasured">Whether it has a line all the same.</param>
    public void Remove(TokenizedExample example, bool isMeasured)
    {
        if (!_kept.Remove(example.Example.Index))
            return;
        _store.Remove(example.Example.Index);
        _leftOut += isMeasured ? 1 : 0;
    }

    /// <summary>Multiplies what was kept, and begins anew with nothing.</summary>
    /// <param name="cancel">Gives it up.</param>
    public ExampleProducts Multiply(CancellationToken cancel)
    {
        using var stop = _device.StopOn(cancel);
        int[] examples = [.. _kept];
        var products = new ExampleProducts(examples) { LeftOut = _leftOut };
        using var kernel = new GradientKernel<T>(_device, _store, _bandBytes / Unsafe.SizeOf<T>());
        for (var weight = 0; weight < _weights.Count && examples.Length > 0; weight++)
        {
            cancel.ThrowIfCancellationRequested();
            products.AddWeight(_weights[weight].Name, kernel.InnerProducts(_weights[weight], Sink.InputOf(weight), KernelSink<T>.DeltaOf(weight), examples));
        }

        _store.Clear();
        _kept.Clear();
        _leftOut = 0;
        return products;
    }

    /// <inheritdoc />
    public void Dispose() => _store.Dispose();
}
