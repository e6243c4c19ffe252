using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>Speed of matrix products in one thread, managed against BLAS.</summary>
internal static unsafe class ProductTable
{
    /// <summary>Prints the table in Markdown.</summary>
    public static void Print()
    {
        Console.WriteLine(BlasLibrary.Description);
        Console.WriteLine("| type | op | m × n × k | BLAS GFlop/s | managed GFlop/s | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (m, n, k) in ((int, int, int)[])[(150, 576, 576), (400, 1536, 576), (576, 576, 150), (1024, 1536, 1536), (1024, 4096, 1024), (64, 64, 64)])
        {
            Row<float>(false, true, m, n, k);
            Row<float>(true, false, m, n, k);
            Row<double>(false, true, m, n, k);
        }
    }

    private static void Row<T>(bool transA, bool transB, int m, int n, int k)
        where T : unmanaged, INumberBase<T>
    {
        var blas = Speed(new BlasProduct<T>(), transA, transB, m, n, k);
        var managed = Speed(new ManagedProduct<T>(new MemoryCounter()), transA, transB, m, n, k);
        Console.WriteLine($"| {typeof(T).Name} | {(transA ? 'T' : 'N')}{(transB ? 'T' : 'N')} | {m} × {n} × {k} | {blas:F0} | {managed:F0} | {managed / blas:P0} |");
    }

    private static double Speed<T>(IMatrixProduct<T> product, bool transA, bool transB, int m, int n, int k)
        where T : unmanaged, INumberBase<T>
    {
        var memory = new MemoryCounter();
        using NativeBuffer<T> a = new(memory, (long)m * k), b = new(memory, (long)n * k), c = new(memory, (long)m * n);
        Fill(a);
        Fill(b);
        var milliseconds = Timing.Milliseconds(() => product.Multiply(transA, transB, m, n, k, T.One, a.Pointer, transA ? m : k, b.Pointer, transB ? k : n, T.Zero, c.Pointer, n));
        return 2.0 * m * n * k / milliseconds / 1e6;
    }

    private static void Fill<T>(NativeBuffer<T> buffer)
        where T : unmanaged, INumberBase<T>
    {
        var random = new Random(1);
        for (var i = 0L; i < buffer.Length; i++)
            buffer.Pointer[i] = T.CreateTruncating(random.NextDouble() - 0.5);
    }
}
