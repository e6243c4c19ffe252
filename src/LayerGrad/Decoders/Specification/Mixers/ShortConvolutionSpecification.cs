namespace LayerGrad.Decoders.Specification;

/// <summary>A gated short convolution (Liquid AI's LFM2): the input projection gives b, c and x side by side, and the output is out(c · conv(b · x)).</summary>
/// <param name="Input">The input projection, (3 · hidden) x hidden.</param>
/// <param name="Taps">The convolution's taps, hidden x taps.</param>
/// <param name="Bias">The convolution's bias, or null.</param>
/// <param name="Output">The output projection.</param>
internal sealed record ShortConvolutionSpecification(
    LinearSpecification Input, ParameterSpecification Taps, ParameterSpecification? Bias, LinearSpecification Output) : MixerSpecification
{
    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [Input, Output];

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => new[] { Taps, Bias }.OfType<ParameterSpecification>();
}
