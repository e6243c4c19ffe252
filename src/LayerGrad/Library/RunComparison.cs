using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs.Statistics;

namespace LayerGrad;

/// <summary>Several runs compared, every number with its interval: what <c>layergrad compare</c> says. <c>docs/statistics.md</c> defines each number.</summary>
public sealed class RunComparison
{
    private readonly ComparisonResult _result;

    private RunComparison(ComparisonResult result)
    {
        _result = result;
        Sets = [.. result.Sets.Select(static set => new ComparedSet(set))];
        Findings = [.. result.Findings.Select(static finding => new ComparedFinding(finding.Claim, finding.Source, finding.Sets, finding.Number, Holds(finding.Verdict), finding.Remark))];
    }

    /// <summary>The runs, those to compare against last.</summary>
    public IReadOnlyList<ComparedSet> Sets { get; }

    /// <summary>The claims of the papers that these runs can decide.</summary>
    public IReadOnlyList<ComparedFinding> Findings { get; }

    /// <summary>What a reader must know to read the numbers right.</summary>
    public IReadOnlyList<string> Notes => _result.Notes;

    /// <summary>Compares runs.</summary>
    /// <param name="runs">The run files.</param>
    /// <param name="options">How.</param>
    /// <returns>The same numbers for the same runs and options on any machine.</returns>
    /// <exception cref="InputException">A run cannot be read, the runs do not go together, or an option is wrong.</exception>
    public static RunComparison Create(IReadOnlyList<string> runs, CompareOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        options ??= new CompareOptions();
        return new RunComparison(Comparison.Create(new ComparisonOptions
        {
            Runs = runs,
            Labels = options.Labels,
            Against = options.Against,
            Metrics = [.. options.Metrics.Select(Metric.Parse)],
            Bootstrap = options.Bootstrap,
            Seed = options.Seed,
        }));
    }

    /// <summary>All of it as JSON, as <c>compare --format json</c> writes it.</summary>
    public string ToJson() => System.Text.Encoding.UTF8.GetString(ComparisonJson.Of(_result));

    /// <summary>The tables as Markdown.</summary>
    public string ToMarkdown() => ComparisonMarkdown.Of(_result);

    /// <summary>The tables as LaTeX.</summary>
    public string ToLatex() => ComparisonLatex.Of(_result);

    /// <summary>Every number as a row of CSV.</summary>
    public string ToCsv() => ComparisonCsv.Of(_result);

    private static bool? Holds(Verdict verdict) => verdict switch { Verdict.Holds => true, Verdict.DoesNotHold => false, _ => null };
}
