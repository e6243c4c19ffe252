using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>A weight, or a part of a fused weight, whose gradient is measured.</summary>
/// <param name="Name">The name under which it is reported.</param>
/// <param name="Linear">The layer it belongs to.</param>
/// <param name="Part">The part, or null for the whole weight.</param>
internal sealed record SelectedWeight(string Name, LinearSpecification Linear, FusedPart? Part = null)
{
    /// <summary>The rows of its gradient.</summary>
    public int Outputs => Part?.Outputs ?? Linear.Outputs;

    /// <summary>The columns of its gradient.</summary>
    public int Inputs => Linear.Inputs;

    /// <summary>The places of the weights, whole ones and parts, by the name of the layer's weight that they belong to.</summary>
    /// <param name="weights">The weights.</param>
    public static Dictionary<string, List<int>> PlacesByLayer(IReadOnlyList<SelectedWeight> weights) => Enumerable.Range(0, weights.Count)
        .GroupBy(place => weights[place].Linear.Weight.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
}
