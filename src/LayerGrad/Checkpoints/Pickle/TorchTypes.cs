namespace LayerGrad.Checkpoints.Pickle;

/// <summary>The names that torch.save gives to element types, and safetensors' names of them.</summary>
internal static class TorchTypes
{
    private static readonly Dictionary<string, string> s_storages = new()
    {
        ["FloatStorage"] = "F32",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["DoubleStorage"] = "F64",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
        ["UntypedStorage"] = "U8",
    };

    private static readonly Dictionary<string, string> s_types = new()
    {
        ["float32"] = "F32",
        ["float16"] = "F16",
        ["bfloat16"] = "BF16",
        ["float64"] = "F64",
        ["float8_e4m3fn"] = "F8_E4M3",
        ["float8_e5m2"] = "F8_E5M2",
        ["int64"] = "I64",
        ["int32"] = "I32",
        ["int16"] = "I16",
        ["int8"] = "I8",
        ["uint8"] = "U8",
        ["bool"] = "BOOL",
    };

    /// <summary>The element type of a storage's class, or null where the class is not one of torch's storages of plain numbers.</summary>
    public static string? OfStorage(PickleGlobal type) => type.Module is "torch" or "torch.storage" ? s_storages.GetValueOrDefault(type.Name) : null;

    /// <summary>The element type that a <c>torch.dtype</c> names, or null.</summary>
    public static string? OfType(PickleGlobal type) => type.Module == "torch" ? s_types.GetValueOrDefault(type.Name) : null;
}
