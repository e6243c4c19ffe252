namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>Finds modules by how the names of their tensors end.</summary>
internal static class Suffixes
{
    /// <summary>The tensors whose names end so, each with what stands before.</summary>
    /// <param name="tensors">All tensors.</param>
    /// <param name="suffix">The end.</param>
    public static List<(string Module, TensorInfo Tensor)> Ending(this StoredTensors tensors, string suffix) =>
        [.. tensors.All.Where(tensor => tensor.Name.EndsWith(suffix, StringComparison.Ordinal)).Select(tensor => (tensor.Name[..^suffix.Length], tensor))];

    /// <summary>Those of some names that are there.</summary>
    public static IEnumerable<string> Present(this StoredTensors tensors, params string[] names) => names.Where(name => tensors.Find(name) is not null);

    /// <summary>⌈a / b⌉.</summary>
    public static long Parts(long whole, long part) => ((whole - 1) / part) + 1;

    /// <summary>Groups of a size, in words; −1 stands for whole rows.</summary>
    public static string Groups(int size) => size == -1 ? "one scale a row" : $"groups of {size}";
}
