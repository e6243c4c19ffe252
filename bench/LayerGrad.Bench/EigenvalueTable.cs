using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>Times of the two steps of symmetric eigenvalues, by LAPACK and by LayerGrad.</summary>
internal static unsafe class EigenvalueTable
{
    /// <summary>Prints the table in Markdown.</summary>
    public static void Print()
    {
        Console.WriteLine("| n | dsytrd ms | dsytrd_2stage ms | managed reduction ms | dsterf ms | managed iteration ms | Cholesky LAPACK/managed ms | congruence ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var n in (int[])[20, 80, 150, 256, 400, 576, 1000])
            Row(n);
    }

    private static void Row(int n)
    {
        var memory = new MemoryCounter();
        using NativeBuffer<double> matrix = new(memory, (long)n * n), copy = new(memory, (long)n * n), d = new(memory, n), e = new(memory, n), d2 = new(memory, n), e2 = new(memory, n);
        using NativeBuffer<double> scratch = new(memory, 3L * n), work = new(memory);
        var x = Timing.Normal(n, n * n);
        fixed (float* px = x)
            GramMatrix.Compute(n, n, px, n, matrix.Pointer, n, Gemm<double>.CreateProduct(memory), work);
        var copying = Timing.Milliseconds(() => Copy(n, matrix, copy));
        var blocked = Timing.Milliseconds(() =>
        {
            Copy(n, matrix, copy);
            Lapack.Tridiagonalize(n, copy.Pointer, d.Pointer, e.Pointer, work);
        });
        var twoStage = Timing.Milliseconds(() =>
        {
            Copy(n, matrix, copy);
            Lapack.TridiagonalizeInTwoStages(n, copy.Pointer, d2.Pointer, e2.Pointer, work);
        });
        var managed = Timing.Milliseconds(() =>
        {
            Copy(n, matrix, copy);
            TridiagonalReduction.Reduce(n, copy.Pointer, n, d2.Pointer, e2.Pointer, scratch.Pointer);
        });
        double Iterate(Action<nint, nint> solve) => Timing.Milliseconds(() =>
        {
            new ReadOnlySpan<double>(d.Pointer, n).CopyTo(new Span<double>(d2.Pointer, n));
            new ReadOnlySpan<double>(e.Pointer, n).CopyTo(new Span<double>(e2.Pointer, n));
            solve((nint)d2.Pointer, (nint)e2.Pointer);
        });
        var sterf = Iterate((pd, pe) => Lapack.TridiagonalEigenvalues(n, (double*)pd, (double*)pe));
        var own = Iterate((pd, pe) => Tridiagonal.Eigenvalues(n, (double*)pd, (double*)pe));
        IFactorizations lapack = new LapackFactorizations(memory), ours = new ManagedFactorizations(memory);
        double Cholesky(IFactorizations factorizations) => Timing.Milliseconds(() =>
        {
            Copy(n, matrix, copy);
            factorizations.TryCholesky(n, copy.Pointer, n);
        }) - copying;
        var (c1, c2) = (Cholesky(lapack), Cholesky(ours));
        using NativeBuffer<double> factor = new(memory, (long)n * n), result = new(memory, (long)n * n), block = new(memory, (long)n * n);
        Copy(n, matrix, factor);
        var congruence = Timing.Milliseconds(() => TriangularProduct.Congruence(lapack.Product, n, n, factor.Pointer, n, matrix.Pointer, n, result.Pointer, n, block.Pointer));
        Console.WriteLine($"| {n} | {blocked - copying:F2} | {twoStage - copying:F2} | {managed - copying:F2} | {sterf:F2} | {own:F2} | {c1:F2} / {c2:F2} | {congruence:F2} |");
    }

    private static void Copy(int n, NativeBuffer<double> from, NativeBuffer<double> to) => new ReadOnlySpan<double>(from.Pointer, n * n).CopyTo(new Span<double>(to.Pointer, n * n));
}
