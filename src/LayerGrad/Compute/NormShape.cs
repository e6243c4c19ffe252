namespace LayerGrad.Compute;

/// <summary>What a normalization runs over: each row holds groups, each of which is normalized by itself.</summary>
/// <param name="Kind">Which normalization.</param>
/// <param name="Groups">The groups in a row: 1, or the number of heads.</param>
/// <param name="Size">The columns of a group.</param>
/// <param name="Spacing">The columns from one group to the next.</param>
/// <param name="Epsilon">Added to the mean square (or the variance) under the root.</param>
/// <param name="AddsOne">Whether the stored weight is the difference from one, as Gemma stores it.</param>
/// <param name="WeightPerGroup">Whether each group has weights of its own.</param>
internal readonly record struct NormShape(NormKind Kind, int Groups, int Size, int Spacing, double Epsilon, bool AddsOne, bool WeightPerGroup);
