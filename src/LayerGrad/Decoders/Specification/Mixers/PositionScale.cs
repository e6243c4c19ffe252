namespace LayerGrad.Decoders.Specification;

/// <summary>
/// What multiplies the queries by their position p, the attention temperature of Llama 4 and of Mistral's models since:
/// 1 + β · ln(1 + ⌊p / original length⌋).
/// </summary>
/// <param name="Beta">β.</param>
/// <param name="OriginalLength">The length of pretraining, in tokens; before it nothing is multiplied.</param>
internal sealed record PositionScale(double Beta, int OriginalLength)
{
    /// <summary>The factor at a position, counted from 0.</summary>
    public double At(int position) => 1 + Beta * Math.Log(1 + position / OriginalLength);
}
