using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>A normalization.</summary>
/// <param name="Kind">Root mean square or layer normalization.</param>
/// <param name="Weight">The weight, or null where there is none.</param>
/// <param name="Bias">The bias, or null.</param>
/// <param name="Size">The columns that are normalized together.</param>
/// <param name="Epsilon">Added under the root.</param>
internal sealed record NormSpecification(NormKind Kind, ParameterSpecification? Weight, ParameterSpecification? Bias, int Size, double Epsilon)
{
    /// <summary>Whether the stored weight is the difference from one (Gemma).</summary>
    public bool AddsOne { get; init; }

    /// <summary>The number of groups in a row, each normalized by itself: the heads, for norms of queries and keys.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether each group has weights of its own.</summary>
    public bool WeightPerGroup { get; init; }

    /// <summary>Root-mean-square normalization with the weight <c>name.weight</c>.</summary>
    public static NormSpecification Rms(string name, int size, double epsilon, bool addsOne = false) =>
        new(NormKind.Rms, ParameterSpecification.Vector($"{name}.weight", size), null, size, epsilon) { AddsOne = addsOne };

    /// <summary>Layer normalization with the weight <c>name.weight</c> and, where there is one, the bias <c>name.bias</c>.</summary>
    public static NormSpecification Layer(string name, int size, double epsilon, bool bias) => new(
        NormKind.Layer, ParameterSpecification.Vector($"{name}.weight", size),
        bias ? ParameterSpecification.Vector($"{name}.bias", size) : null, size, epsilon);

    /// <summary>The groups as they stand in a row whose groups are so far apart.</summary>
    /// <param name="spacing">The columns from one group to the next.</param>
    public NormShape Shape(int spacing) => new(Kind, Groups, Size, spacing, Epsilon, AddsOne, WeightPerGroup);

    /// <summary>
    /// A weight that the checkpoint stores as a matrix, a row for each group, as that of a linear layer, so that its
    /// gradient can be measured as theirs are; null for a vector.
    /// </summary>
    public LinearSpecification? MeasuredWeight => Weight is { IsVector: false } ? new LinearSpecification(Weight, null) : null;

    /// <summary>The weight and the bias, as far as there are such.</summary>
    public IEnumerable<ParameterSpecification> Parameters => new[] { Weight, Bias }.OfType<ParameterSpecification>();
}
