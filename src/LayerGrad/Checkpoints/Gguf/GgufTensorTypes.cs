using LayerGrad.Checkpoints.Formats;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>The element types of GGUF by their numbers (<c>enum ggml_type</c>).</summary>
internal static class GgufTensorTypes
{
    private static readonly Dictionary<uint, TensorFormat> s_formats = new()
    {
        [0] = F32Format.Instance,
        [1] = F16Format.Instance,
        [2] = Q4_0Format.Instance,
        [3] = Q4_1Format.Instance,
        [6] = Q5_0Format.Instance,
        [7] = Q5_1Format.Instance,
        [8] = Q8_0Format.Instance,
        [10] = Q2_KFormat.Instance,
        [11] = Q3_KFormat.Instance,
        [12] = Q4_KFormat.Instance,
        [13] = Q5_KFormat.Instance,
        [14] = Q6_KFormat.Instance,
        [20] = IQ4_NLFormat.Instance,
        [23] = IQ4_XSFormat.Instance,
        [28] = F64Format.Instance,
        [30] = BF16Format.Instance,
    };

    // Types that exist and are not read; a newer one is named by its number.
    private static readonly Dictionary<uint, string> s_unsupported = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    /// <summary>The names of the types that are read, for error messages.</summary>
    public static string Readable => string.Join(", ", s_formats.Values.Select(static format => format.Name));

    /// <summary>The format of a type, or null where it is not read.</summary>
    public static TensorFormat? Find(uint type) => s_formats.GetValueOrDefault(type);

    /// <summary>The name of a type, for error messages.</summary>
    public static string NameOf(uint type) =>
        Find(type)?.Name ?? s_unsupported.GetValueOrDefault(type) ?? $"number {type}";
}
