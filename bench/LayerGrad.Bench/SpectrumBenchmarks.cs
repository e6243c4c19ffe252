using BenchmarkDotNet.Attributes;
using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>The singular values of one gradient from its factors, in one thread.</summary>
public unsafe class SpectrumBenchmarks : IDisposable
{
    private readonly NativeBuffer<float> _x = new(new MemoryCounter());
    private readonly NativeBuffer<float> _delta = new(new MemoryCounter());
    private readonly FactorSpectrum<float> _gram = new(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()), SpectrumRoute.Gram);
    private readonly FactorSpectrum<float> _orthogonal = new(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()), SpectrumRoute.Orthogonal);
    private double[] _values = [];

    /// <summary>Tokens.</summary>
    [Params(80, 150, 400)]
    public int Tokens { get; set; }

    /// <summary>Features in and out.</summary>
    [Params(576, 1536)]
    public int Features { get; set; }

    /// <summary>Fills the factors.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var length = Tokens * Features;
        Timing.Normal(1, length).CopyTo(new Span<float>(_x.Reserve(length), length));
        Timing.Normal(2, length).CopyTo(new Span<float>(_delta.Reserve(length), length));
        _values = new double[Tokens];
    }

    /// <summary>By inner products.</summary>
    [Benchmark(Baseline = true)]
    public int Gram() => Values(_gram);

    /// <summary>By orthogonal factors.</summary>
    [Benchmark]
    public int Orthogonal() => Values(_orthogonal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _x.Dispose();
        _delta.Dispose();
        _gram.Dispose();
        _orthogonal.Dispose();
        GC.SuppressFinalize(this);
    }

    private int Values(FactorSpectrum<float> spectrum)
    {
        spectrum.SetInput(_x.Pointer, Features, Tokens, Features);
        return spectrum.Values(_delta.Pointer, Features, Features, _values);
    }
}
