using LayerGrad.Checkpoints.Formats;

namespace LayerGrad.Checkpoints.Safetensors;

/// <summary>An element type of the safetensors format.</summary>
/// <param name="Name">The name in the header.</param>
/// <param name="Bits">Bits of an element.</param>
/// <param name="IsWeight">Whether weights are stored in it; the others are indices, masks and the like.</param>
/// <param name="Format">How it is read, or null for a type that is not.</param>
internal sealed record SafetensorsDType(string Name, int Bits, bool IsWeight, TensorFormat? Format)
{
    /// <summary>The names of the types that can be read, for error messages.</summary>
    public const string Readable = "F32, F16, BF16, F64, F8_E4M3 and F8_E5M2";

    // The types of safetensors 0.6; their names are those of its enum Dtype.
    private static readonly Dictionary<string, SafetensorsDType> s_all = new SafetensorsDType[]
    {
        new("F32", 32, true, F32Format.Instance),
        new("F16", 16, true, F16Format.Instance),
        new("BF16", 16, true, BF16Format.Instance),
        new("F64", 64, true, F64Format.Instance),
        new("F8_E4M3", 8, true, F8E4M3Format.Instance),
        new("F8_E5M2", 8, true, F8E5M2Format.Instance),
        new("F8_E8M0", 8, true, null),
        new("F6_E2M3", 6, true, null),
        new("F6_E3M2", 6, true, null),
        new("F4", 4, true, null),
        new("C64", 64, true, null),
        new("BOOL", 8, false, null),
        new("U8", 8, false, null),
        new("I8", 8, false, null),
        new("U16", 16, false, null),
        new("I16", 16, false, null),
        new("U32", 32, false, null),
        new("I32", 32, false, null),
        new("U64", 64, false, null),
        new("I64", 64, false, null),
    }.ToDictionary(static type => type.Name);

    /// <summary>The type of a name, or null.</summary>
    public static SafetensorsDType? Find(string name) => s_all.GetValueOrDefault(name);
}
