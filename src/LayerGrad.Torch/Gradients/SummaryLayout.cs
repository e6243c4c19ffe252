using LayerGrad.Compute;

namespace LayerGrad.Torch.Gradients;

/// <summary>
/// Where the numbers of one group of examples stand in what is sent to the host. Each example has a row of them: five of each gradient, then X Xᵀ where the host needs it, then what belongs to
/// the singular values of each gradient.
/// </summary>
internal sealed class SummaryLayout
{
    /// <summary>The numbers of each gradient beside its singular values: sum, largest and smallest element, Frobenius norm, tokens that have a gradient.</summary>
    public const int Numbers = 5;

    private readonly int _input = -1;
    private readonly int _tokens;
    private readonly List<(SummaryProblem Kind, int Order, int Offset)> _weights = [];

    /// <summary>A layout.</summary>
    /// <param name="examples">The examples' places among those that were asked for.</param>
    /// <param name="tokens">The tokens of the longest.</param>
    /// <param name="weights">For each gradient what is sent of its singular values, and of what order.</param>
    public SummaryLayout(IReadOnlyList<int> examples, int tokens, IReadOnlyList<(SummaryProblem Kind, int Order)> weights)
    {
        (Examples, _tokens, Length) = (examples, tokens, weights.Count * Numbers);
        if (weights.Any(static weight => weight.Kind == SummaryProblem.InnerProducts))
        {
            _input = Length;
            Length += InnerProductSpectrum.Packed(tokens);
        }

        foreach (var (kind, order) in weights)
        {
            _weights.Add((kind, order, Length));
            Length += kind == SummaryProblem.Values ? order : InnerProductSpectrum.Packed(order);
        }
    }

    /// <summary>The examples' places among those that were asked for.</summary>
    public IReadOnlyList<int> Examples { get; }

    /// <summary>The numbers of an example.</summary>
    public int Length { get; }

    /// <summary>What the host makes of an example's numbers.</summary>
    /// <param name="row">The numbers.</param>
    /// <param name="spectrum">What computes on this thread.</param>
    public GradientSummary[] Read(ReadOnlySpan<double> row, InnerProductSpectrum spectrum)
    {
        if (_input >= 0)
            spectrum.SetInput(row.Slice(_input, InnerProductSpectrum.Packed(_tokens)), TokensWithGradient(row));
        var summaries = new GradientSummary[_weights.Count];
        for (var i = 0; i < summaries.Length; i++)
            summaries[i] = Read(row, i, spectrum);
        return summaries;
    }

    private GradientSummary Read(ReadOnlySpan<double> row, int weight, InnerProductSpectrum spectrum)
    {
        var numbers = row.Slice(weight * Numbers, Numbers);
        var (kind, order, offset) = _weights[weight];
        var values = new double[order];
        var norm = numbers[3];
        switch (kind)
        {
            case SummaryProblem.InnerProducts:
                spectrum.Values(row.Slice(offset, InnerProductSpectrum.Packed(order)), values);
                norm = spectrum.FrobeniusNorm;
                break;
            case SummaryProblem.Symmetric when double.IsFinite(norm):
                spectrum.Roots(row.Slice(offset, InnerProductSpectrum.Packed(order)), order, (int)numbers[4], values);
                break;
            case SummaryProblem.Symmetric:
                Array.Fill(values, double.NaN);
                break;
            default:
                row.Slice(offset, order).CopyTo(values);
                break;
        }

        return new GradientSummary(numbers[0], numbers[1], numbers[2], double.IsFinite(norm) ? norm : double.NaN, values);
    }

    /// <summary>Tokens that have a gradient of any weight: the last never has, and in the last layer only those that predict the response do.</summary>
    private bool[] TokensWithGradient(ReadOnlySpan<double> row)
    {
        var wanted = new bool[_tokens];
        foreach (var (kind, _, offset) in _weights)
        {
            for (var token = 0; token < _tokens; token++)
                wanted[token] |= kind != SummaryProblem.InnerProducts || row[offset + InnerProductSpectrum.Packed(token) + token] != 0;
        }

        return wanted;
    }
}
