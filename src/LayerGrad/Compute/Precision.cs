namespace LayerGrad.Compute;

/// <summary>In which numbers a run computes.</summary>
public enum Precision
{
    /// <summary>IEEE 754 binary32 throughout; sums over a gradient in binary64.</summary>
    Float32,

    /// <summary>IEEE 754 binary64 throughout.</summary>
    Float64,

    /// <summary>Products of matrices rounded to TF32 (10 bits of mantissa), for GPUs.</summary>
    TensorFloat32,

    /// <summary>bfloat16 products, for GPUs.</summary>
    BFloat16,
}

/// <summary>The names of precisions on the command line and in metadata.</summary>
public static class Precisions
{
    private static readonly (string Name, Precision Value)[] s_names =
    [
        ("fp32", Precision.Float32), ("tf32", Precision.TensorFloat32), ("bf16", Precision.BFloat16), ("fp64", Precision.Float64),
    ];

    /// <summary>Its name on the command line.</summary>
    public static string NameOf(this Precision precision) => Array.Find(s_names, entry => entry.Value == precision).Name;

    /// <summary>Reads a name.</summary>
    /// <exception cref="InputException">There is no precision of this name.</exception>
    public static Precision Parse(string text)
    {
        foreach (var (name, value) in s_names)
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        throw new InputException($"--precision {text}: no such precision; there are fp32, tf32, bf16 and fp64.");
    }
}
