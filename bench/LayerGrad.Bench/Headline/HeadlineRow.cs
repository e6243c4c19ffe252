using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>
/// What was measured of one shape at one length. The sides take turns, and ratios are taken within a round, so that what slows the machine for a while slows both; then medians.
/// </summary>
internal sealed class HeadlineRow
{
    private readonly double _operations;
    private readonly string _time;
    private readonly List<JsonNode> _ours = [];
    private readonly List<JsonNode> _loop = [];
    private readonly List<JsonNode> _factors = [];

    /// <summary>Nothing measured yet.</summary>
    /// <param name="shape">The shape's name.</param>
    /// <param name="tokens">Tokens of an example.</param>
    /// <param name="operations">The multiplications and additions that no method avoids, of an example.</param>
    /// <param name="byProcessor">Whether times are processor time over the number of threads, whoever else wants the processors.</param>
    public HeadlineRow(string shape, int tokens, double operations, bool byProcessor)
    {
        (Shape, Tokens, _operations, _time) = (shape, tokens, operations, byProcessor ? "processor" : "seconds");
    }

    /// <summary>The shape's name.</summary>
    public string Shape { get; }

    /// <summary>Tokens of an example.</summary>
    public int Tokens { get; }

    /// <summary>Our time over that of the products alone, at the rate measured in the same round.</summary>
    public double OursToLimit => Median(_ours.Select(ours => Number(ours, _time) / Limit(ours)));

    /// <summary>The plain loop's time over ours.</summary>
    public double LoopToOurs => Ratio(_loop, _time);

    /// <summary>libtorch's time with our method over ours.</summary>
    public double FactorsToOurs => Ratio(_factors, _time);

    /// <summary>The same in processor time.</summary>
    public (double Loop, double Factors) ProcessorToOurs => (Ratio(_loop, "processor"), Ratio(_factors, "processor"));

    /// <summary>Seconds of an example.</summary>
    public (double Ours, double Limit, double Loop, double Factors) Seconds =>
        (Median(_ours, _time), Median(_ours.Select(Limit)), Median(_loop, _time), Median(_factors, _time));

    /// <summary>Operations a second on square matrices and on those of the shape.</summary>
    public (double Square, double Shape) Rates => (Median(_ours, "square_rate_" + _time), Median(_ours, "rate_" + _time));

    /// <summary>The most bytes resident at a time.</summary>
    public (double Ours, double Loop, double Factors) Peaks => (Median(_ours, "peak_bytes"), Median(_loop, "peak_bytes"), Median(_factors, "peak_bytes"));

    /// <summary>Where our time goes: seconds of an example by phase, and their share of the products' limit.</summary>
    public IReadOnlyList<(string Phase, double Seconds, double OfLimit)> Phases =>
        [.. _ours[0]["phases_" + _time]!.AsObject().Select(phase => phase.Key)
            .Select(phase => (phase, Median(_ours.Select(ours => Phase(ours, phase))), Median(_ours.Select(ours => Phase(ours, phase) / Limit(ours)))))
            .OrderByDescending(phase => phase.Item2)];

    /// <summary>Lets every side measure once.</summary>
    /// <param name="ours">Our engine.</param>
    /// <param name="loop">The plain loop, if it takes part.</param>
    /// <param name="factors">libtorch with our method, if it takes part.</param>
    public void Round(BenchSide ours, BenchSide? loop, BenchSide? factors)
    {
        _ours.Add(ours.Round());
        if (loop is not null)
            _loop.Add(loop.Round());
        if (factors is not null)
            _factors.Add(factors.Round());
    }

    private double Phase(JsonNode ours, string phase) => ours["phases_" + _time]![phase]?.GetValue<double>() ?? 0;

    private static double Number(JsonNode answer, string key) => answer[key]!.GetValue<double>();

    private static double Median(IEnumerable<JsonNode> answers, string key) => Median(answers.Select(answer => Number(answer, key)));

    /// <summary>The middle one; NaN of none.</summary>
    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private double Limit(JsonNode ours) => _operations / Number(ours, "square_rate_" + _time);

    private double Ratio(List<JsonNode> theirs, string key) => Median(theirs.Zip(_ours, (them, us) => Number(them, key) / Number(us, key)));
}
