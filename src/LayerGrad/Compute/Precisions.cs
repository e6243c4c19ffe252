namespace LayerGrad.Compute;

/// <summary>The names of precisions on the command line and in metadata.</summary>
internal static class Precisions
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
