using BenchmarkDotNet.Attributes;
using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>Matrix products y = x Wᵀ of a batch of tokens, in one thread.</summary>
public unsafe class ProductBenchmarks : IDisposable
{
    private readonly NativeBuffer<float> _a = new(new MemoryCounter());
    private readonly NativeBuffer<float> _b = new(new MemoryCounter());
    private readonly NativeBuffer<float> _c = new(new MemoryCounter());
    private readonly ManagedProduct<float> _managed = new(new MemoryCounter());
    private BlasProduct<float>? _blas;

    /// <summary>Tokens.</summary>
    [Params(150, 1024)]
    public int Tokens { get; set; }

    /// <summary>Features in and out.</summary>
    [Params(576, 1536)]
    public int Features { get; set; }

    /// <summary>Fills the matrices.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _blas = BlasLibrary.Available ? new BlasProduct<float>() : throw new InvalidOperationException("no BLAS library here");
        Timing.Normal(1, Tokens * Features).CopyTo(new Span<float>(_a.Reserve(Tokens * Features), Tokens * Features));
        Timing.Normal(2, Features * Features).CopyTo(new Span<float>(_b.Reserve(Features * Features), Features * Features));
        _c.Reserve(Tokens * Features);
    }

    /// <summary>The library's product.</summary>
    [Benchmark(Baseline = true)]
    public void Blas() => _blas!.Multiply(false, true, Tokens, Features, Features, 1, _a.Pointer, Features, _b.Pointer, Features, 0, _c.Pointer, Features);

    /// <summary>The managed product.</summary>
    [Benchmark]
    public void Managed() => _managed.Multiply(false, true, Tokens, Features, Features, 1, _a.Pointer, Features, _b.Pointer, Features, 0, _c.Pointer, Features);

    /// <inheritdoc/>
    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
        GC.SuppressFinalize(this);
    }
}
