using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs;

/// <summary>One line of a run file. A <see cref="RunReader"/> fills the same object again for each line: copy what is to be kept.</summary>
internal sealed class RunExample
{
    private double[] _values = [];
    private double[][] _spectra = [];
    private string?[] _reasons = [];
    private int[] _nulls = [];

    /// <summary>The line of the file, counted from 1.</summary>
    public int Line { get; internal set; }

    /// <summary>The example's position in its dataset, from 0: the key <c>index</c>, else the line's position among the file's lines.</summary>
    public int Index { get; internal set; }

    /// <summary>The training step of a probe's line; <see langword="null"/> in a run of <c>measure</c>.</summary>
    public int? Step { get; internal set; }

    /// <summary>Mean cross-entropy over the response tokens, in nats.</summary>
    public double Loss { get; internal set; }

    /// <summary>Tokens of prompt and response together, where the run says so.</summary>
    public int? TotalTokens { get; internal set; }

    /// <summary>Response tokens, where the run says so; the original's files do not.</summary>
    public int? ResponseTokens { get; internal set; }

    /// <summary>How many of these are thinking; null where none is, or the run does not say.</summary>
    public int? ThinkingTokens { get; internal set; }

    /// <summary>Hash of the instruction's text, for matching examples between runs.</summary>
    public ulong InstructionHash { get; internal set; }

    /// <summary>Hash of the output's text, for finding identical outputs.</summary>
    public ulong OutputHash { get; internal set; }

    /// <summary>The instruction, with the input appended; only where texts were asked for.</summary>
    public string? Instruction { get; internal set; }

    /// <summary>The output; only where texts were asked for.</summary>
    public string? Output { get; internal set; }

    /// <summary>A statistic of a weight; NaN where the run says NaN or lacks the statistic.</summary>
    /// <param name="weight">The weight's position in <see cref="RunReader.Weights"/>.</param>
    /// <param name="statistic">The statistic.</param>
    public double this[int weight, Statistic statistic]
    {
        get => _values[(weight * Statistic.All.Count) + statistic.Position];
        internal set => _values[(weight * Statistic.All.Count) + statistic.Position] = value;
    }

    /// <summary>The singular values of a weight's gradient, largest first; empty unless spectra were asked for and the run has them.</summary>
    /// <param name="weight">The weight's position in <see cref="RunReader.Weights"/>.</param>
    public ReadOnlyMemory<double> Spectrum(int weight) => weight < _spectra.Length ? _spectra[weight] : default;

    /// <summary>Why a weight has no statistics, such as <c>underflow</c>; null where it has, or where the run does not say.</summary>
    /// <param name="weight">The weight's position in <see cref="RunReader.Weights"/>.</param>
    public string? Unresolved(int weight) => _reasons[weight];

    /// <summary>Whether the run says <c>null</c> for a statistic, and not NaN.</summary>
    internal bool IsNull(int weight, Statistic statistic) => (_nulls[weight] & statistic.Bit) != 0;

    internal void SetNull(int weight, Statistic statistic) => _nulls[weight] |= statistic.Bit;

    internal void SetUnresolved(int weight, string reason) => _reasons[weight] = reason;

    internal void SetSpectrum(int weight, double[] values) => _spectra[weight] = values;

    /// <summary>Makes the object ready for a line: every statistic NaN, nothing known.</summary>
    internal void Reset(int line, int index, int weights)
    {
        (Line, Index, Step, TotalTokens, ResponseTokens, ThinkingTokens) = (line, index, null, null, null, null);
        (Instruction, Output, InstructionHash, OutputHash, Loss) = (null, null, 0, 0, double.NaN);
        Reserve(weights);
        Array.Fill(_values, double.NaN);
        Array.Fill(_spectra, []);
        Array.Clear(_reasons);
        Array.Clear(_nulls);
    }

    /// <summary>Makes room for a number of weights, keeping what is there.</summary>
    internal void Reserve(int weights)
    {
        var had = _values.Length;
        if (had >= weights * Statistic.All.Count)
            return;
        Array.Resize(ref _values, weights * Statistic.All.Count);
        Array.Fill(_values, double.NaN, had, _values.Length - had);
        var spectra = _spectra.Length;
        Array.Resize(ref _spectra, weights);
        Array.Resize(ref _reasons, weights);
        Array.Resize(ref _nulls, weights);
        Array.Fill(_spectra, [], spectra, weights - spectra);
    }
}
