using System.Text.RegularExpressions;

namespace LayerGrad.Checkpoints.Quantized.Settings;

/// <summary>One of compressed-tensors' <c>config_groups</c>: how the weights of some modules are stored.</summary>
/// <param name="Names">The modules by their names.</param>
/// <param name="Patterns">The modules by patterns of their names.</param>
/// <param name="OfClasses">Whether it holds of all modules of a class, such as <c>Linear</c>.</param>
/// <param name="Bits">Bits of a code.</param>
/// <param name="IsFloat">Whether the codes are floats rather than integers.</param>
/// <param name="GroupSize">Elements of a group where weights are quantised by groups; null elsewhere.</param>
/// <param name="Block">Rows and columns of a block where weights are quantised by blocks; null elsewhere.</param>
internal sealed record WeightGroup(
    IReadOnlyList<string> Names, IReadOnlyList<Regex> Patterns, bool OfClasses, int Bits, bool IsFloat, int? GroupSize, (int Rows, int Columns)? Block)
{
    /// <summary>How closely it names a module: by name before patterns, and patterns before classes; null where it does not.</summary>
    public int? Closeness(string module) => Names.Contains(module) ? 2
        : Patterns.Any(pattern => pattern.IsMatch(module)) ? 1
        : OfClasses ? 0 : null;
}
