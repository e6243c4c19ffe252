using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>A parameter with an element that is no finite number.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Value">NaN, Infinity or -Infinity.</param>
internal sealed record NonFiniteWeight(string Name, string Value)
{
    private const int Run = 1 << 16;

    /// <summary>Reads parameter by parameter until one holds NaN or infinity.</summary>
    /// <param name="source">The parameters.</param>
    /// <param name="specification">What there is.</param>
    /// <returns>The first; null where all are finite.</returns>
    public static NonFiniteWeight? Find(IParameterSource<double> source, DecoderSpecification specification)
    {
        var values = new double[Run];
        foreach (var parameter in specification.Parameters)
        {
            for (long start = 0; start < parameter.Count; start += Run)
            {
                var run = values.AsSpan(0, (int)Math.Min(Run, parameter.Count - start));
                source.Read(parameter, start, run);
                foreach (var value in run)
                {
                    if (!double.IsFinite(value))
                        return new NonFiniteWeight(parameter.Name, FormattableString.Invariant($"{value:R}"));
                }
            }
        }

        return null;
    }
}
