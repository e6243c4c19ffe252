namespace LayerGrad.Runs.Kernels;

/// <summary>What a kernel between examples is summed over.</summary>
internal enum KernelBy
{
    /// <summary>A kernel for each weight.</summary>
    Weight,

    /// <summary>A kernel for each layer: the sum over its weights.</summary>
    Layer,

    /// <summary>One kernel: the sum over all weights.</summary>
    Sum,
}

/// <summary>The names of what a kernel is summed over, on the command line and in <c>KERNEL.json</c>.</summary>
internal static class KernelByNames
{
    private static readonly string[] s_names = ["weight", "layer", "sum"];

    /// <summary>Its name.</summary>
    public static string NameOf(this KernelBy by) => s_names[(int)by];

    /// <summary>What a name stands for; null where it stands for nothing.</summary>
    public static KernelBy? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var at ? (KernelBy)at : null;
}
