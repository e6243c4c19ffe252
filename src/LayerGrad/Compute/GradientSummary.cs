namespace LayerGrad.Compute;

/// <summary>What a device says of one weight gradient G = Δᵀ X (outputs x inputs) of one example.</summary>
/// <param name="Sum">The sum of all elements.</param>
/// <param name="Max">The largest element.</param>
/// <param name="Min">The smallest element.</param>
/// <param name="FrobeniusNorm">√ Σ (X Xᵀ) ∘ (Δ Δᵀ), or the same from orthogonal factors: not from the singular values.</param>
/// <param name="SingularValues">The singular values, descending: at most min(tokens, outputs, inputs) of them; all others are zero.</param>
internal sealed record GradientSummary(double Sum, double Max, double Min, double FrobeniusNorm, double[] SingularValues);
