using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>
/// Numbers as libtorch takes them, kept alive until the operation is over. TorchSharp hands a number's native memory to libtorch and holds on to nothing: where the garbage collector comes
/// in between, the number is freed while libtorch reads it. So no number is left to TorchSharp's implicit conversions, and of its functions that make numbers themselves (square, vector_norm,
/// the sum without a factor) none is used.
/// </summary>
internal static class Scalars
{
    [ThreadStatic]
    private static List<Scalar>? s_kept;

    /// <summary>The factor of what is added, which TorchSharp would make for each sum; kept as long as the program runs.</summary>
    public static Scalar One { get; } = 1L.ToScalar();

    /// <summary>How many are kept on this thread.</summary>
    public static int Count => s_kept?.Count ?? 0;

    /// <summary>A number.</summary>
    public static Scalar Number(double value) => Keep(value.ToScalar());

    /// <summary>An integer, which leaves tensors of integers what they are.</summary>
    public static Scalar Integer(long value) => Keep(value.ToScalar());

    /// <summary>The integers from one to before another, in a type.</summary>
    public static torch.Tensor Range(long start, long stop, torch.ScalarType type, torch.Device device) => torch.arange(Integer(start), Integer(stop), Integer(1), type, device);

    /// <summary>Frees those of an operation that is over.</summary>
    /// <param name="count">How many there were before it.</param>
    public static void Release(int count)
    {
        if (s_kept is not { } kept)
            return;
        for (var i = kept.Count - 1; i >= count; i--)
            kept[i].Dispose();
        kept.RemoveRange(count, kept.Count - count);
    }

    private static Scalar Keep(Scalar scalar)
    {
        (s_kept ??= []).Add(scalar);
        return scalar;
    }
}
