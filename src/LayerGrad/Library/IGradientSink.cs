namespace LayerGrad;

/// <summary>
/// Receives the gradient of every measured weight of every example, in the order of the examples and, within one, of the weights. It is called on the thread that
/// enumerates, before the example itself is returned; what it throws ends the enumeration.
/// </summary>
public interface IGradientSink
{
    /// <summary>Whether <see cref="Receive"/> reads <see cref="MeasuredGradient.Factors"/> of a weight; they are then kept until it has returned.</summary>
    /// <param name="weight">The weight's full name.</param>
    bool NeedsFactors(string weight) => false;

    /// <summary>Takes a gradient.</summary>
    /// <param name="example">Whose gradient it is.</param>
    /// <param name="gradient">The gradient.</param>
    void Receive(Example example, MeasuredGradient gradient);
}
