using System.Numerics;

namespace LayerGrad.Tests.Compute;

/// <summary>Random matrices and plain reference computations for the tests of linear algebra; everything row-major.</summary>
internal static class Matrices
{
    public static T[] Random<T>(int seed, int length)
        where T : unmanaged, INumberBase<T>
    {
        var random = new Random(seed);
        var values = new T[length];
        for (var i = 0; i < length; i++)
            values[i] = T.CreateTruncating((random.NextDouble() * 2) - 1);
        return values;
    }

    /// <summary>C = alpha op(A) op(B) + beta C, each element summed in double precision.</summary>
    public static T[] Multiply<T>(bool transA, bool transB, int m, int n, int k, T alpha, T[] a, int lda, T[] b, int ldb, T beta, T[] c, int ldc)
        where T : unmanaged, INumberBase<T>
    {
        var result = (T[])c.Clone();
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var p = 0; p < k; p++)
                    sum += double.CreateTruncating(a[transA ? (p * lda) + i : (i * lda) + p]) * double.CreateTruncating(b[transB ? (j * ldb) + p : (p * ldb) + j]);
                var kept = T.IsZero(beta) ? 0 : double.CreateTruncating(beta) * double.CreateTruncating(c[(i * ldc) + j]);
                result[(i * ldc) + j] = T.CreateTruncating((double.CreateTruncating(alpha) * sum) + kept);
            }
        }

        return result;
    }

    public static void ShouldBeNear<T>(IReadOnlyList<T> actual, IReadOnlyList<T> expected, double tolerance)
        where T : unmanaged, INumberBase<T>
    {
        actual.Count.ShouldBe(expected.Count);
        for (var i = 0; i < actual.Count; i++)
        {
            var difference = Math.Abs(double.CreateTruncating(actual[i]) - double.CreateTruncating(expected[i]));
            (difference <= tolerance).ShouldBeTrue($"element {i}: {actual[i]} where {expected[i]} was expected");
        }
    }
}
