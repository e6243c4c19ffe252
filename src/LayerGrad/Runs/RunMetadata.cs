using System.Globalization;
using System.Reflection;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs;

/// <summary>
/// <c>RUN.meta.json</c>: what a run measures and how. It is written before the first line, and a run goes on only
/// under the same metadata; paths and devices are told, not compared. The results are added when the run is complete.
/// </summary>
internal sealed record RunMetadata
{
    private const string NotGiven = "not given";

    /// <summary>The version of LayerGrad that runs.</summary>
    internal static string CurrentVersion { get; } =
        typeof(RunMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The version of LayerGrad that began the run.</summary>
    public required string Version { get; init; }

    /// <summary>The model as the user named it.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The identity of the model's files.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The adapter that is merged into it, as the user named it; null for none.</summary>
    public string? AdapterPath { get; init; }

    /// <summary>The identity of the adapter's files; null for none.</summary>
    public string? AdapterHash { get; init; }

    /// <summary>The model's family, <c>model_type</c> of its configuration.</summary>
    public required string Family { get; init; }

    /// <summary>How many layers the model has.</summary>
    public required int Layers { get; init; }

    /// <summary>In which formats the model's weights are quantised, with bits and groups; null where none is.</summary>
    public string? Quantization { get; init; }

    /// <summary>What a reader must know of the model's tensors, a sentence each: those that nobody reads, a head that is not tied.</summary>
    public IReadOnlyList<string> WeightNotes { get; init; } = [];

    /// <summary>Fields of the configuration that the family does not use and that are not known to change nothing, all of them.</summary>
    public IReadOnlyList<string> UnusedFields { get; init; } = [];

    /// <summary>The dataset as the user named it.</summary>
    public required string DataPath { get; init; }

    /// <summary>The identity of the selected examples: see <see cref="Examples.LoadedDataset.IdentityOf"/>; of older runs SHA-256 of the dataset's bytes.</summary>
    public required string DataHash { get; init; }

    /// <summary>What was understood of the dataset: form and format; null in older runs.</summary>
    public string? DataForm { get; init; }

    /// <summary>The commit of the hub's repository that the dataset is of; null for what lies elsewhere.</summary>
    public string? DataCommit { get; init; }

    /// <summary>The first selected position of the dataset.</summary>
    public required int First { get; init; }

    /// <summary>The position after the last selected one.</summary>
    public required int End { get; init; }

    /// <summary>SHA-256 over the tokenizer's files; null where the tokenizer is in the model's own file (GGUF).</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>What was measured; its date is null without <c>--chat</c>.</summary>
    public required MeasurementSpecification Measurement { get; init; }

    /// <summary>The kind of device: <c>cpu</c>, <c>cuda</c>, <c>torch on 8 threads</c>. Runs on two kinds are never one run.</summary>
    public required string Device { get; init; }

    /// <summary>Which part of the run this is; null for all of it.</summary>
    public Shard? Shard { get; init; }

    /// <summary>How many tokens a packing window holds.</summary>
    public int TokenBudget { get; init; }

    /// <summary>Why the plan was made again smaller before the first line was written, a sentence for each time.</summary>
    public IReadOnlyList<string> PlannedAgain { get; init; } = [];

    /// <summary>The dataset position at which each packing window of the whole run begins; the first may begin before <see cref="First"/>.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>The measured weights, in the order of the lines.</summary>
    public IReadOnlyList<MeasuredWeight> Weights { get; init; } = [];

    /// <summary>What computed, one entry for each device that worked on the run: its hardware and the libraries.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>What the run, or this shard of it, came to; null until it is complete.</summary>
    public RunResults? Results { get; init; }

    /// <summary>Selected examples of the whole run.</summary>
    public int Examples => End - First;

    /// <summary>The dataset positions that this run, or this shard of it, holds; ascending.</summary>
    internal IEnumerable<int> Positions() => PositionsOf(Windows, First, End, Shard);

    /// <summary>The dataset positions that a shard of a run holds; all of the run's where there are no shards.</summary>
    internal static IEnumerable<int> PositionsOf(IReadOnlyList<int> windows, int first, int end, Shard? shard)
    {
        for (var window = 0; window < windows.Count; window++)
        {
            if (shard?.Holds(window) == false)
                continue;
            var next = window + 1 < windows.Count ? windows[window + 1] : end;
            for (var position = Math.Max(windows[window], first); position < next; position++)
                yield return position;
        }
    }

    /// <summary>
    /// Everything that decides a run's bytes before its plan, by the option that the user sets, for comparison.
    /// </summary>
    private (string Option, string Value)[] Identity =>
    [
        ("LayerGrad's version", Version),
        ("--model", ModelHash),
        ("--adapter", AdapterHash ?? NotGiven),
        ("--tokenizer", TokenizerHash ?? "in the model's file"),
        ("--tokenizer-rules", TokenizerRulesName.Of(Measurement.TokenizerRules)),
        ("--range and --limit", string.Create(CultureInfo.InvariantCulture, $"{First}:{End}")),
        ("--data", DataHash),
        ("--protocol", Measurement.Protocol.NameOf()),
        ("--chat", Said(Measurement.Chat)),
        ("--date", Measurement.Date?.ToString(RunMetadataJson.DateFormat, CultureInfo.InvariantCulture) ?? "none"),
        ("--template-arg", Measurement.Template.Json ?? NotGiven),
        ("--tools", Measurement.Template.ToolsJson ?? NotGiven),
        ("--turns", Measurement.Turns.NameOf()),
        ("--mask-thinking", Measurement.Thinking.NameOf()),
        ("--max-length", Measurement.MaxLength.ToString(CultureInfo.InvariantCulture)),
        ("--weights", Measurement.WeightSelection),
        ("--split-fused", Said(Measurement.SplitFused)),
        ("--statistics", StatisticSelection.Normalized(Measurement.Statistics) ?? NotGiven),
        ("--spectra", Said(Measurement.Spectra)),
        ("--tokens", Said(Measurement.Tokens)),
        ("--cosine", Said(Measurement.Cosine)),
        ("--noise", Said(Measurement.Noise)),
        ("--precision", Measurement.Precision.NameOf()),
        ("--device", Device),
    ];

    /// <summary>Whether a run over the same examples and more is asked for.</summary>
    /// <param name="begun">The run as it was begun.</param>
    internal bool Grows(RunMetadata begun) => First == begun.First && End > begun.End;

    /// <summary>The first option in which two runs differ, with both values; null where they are one run (or shards of one).</summary>
    internal (string Option, string Mine, string Theirs)? DifferenceFrom(RunMetadata other)
    {
        var (mine, theirs) = (Identity, other.Identity);
        for (var i = 0; i < mine.Length; i++)
        {
            if (mine[i].Value != theirs[i].Value)
                return (mine[i].Option, mine[i].Value, theirs[i].Value);
        }

        return null;
    }

    /// <summary>Reads a run's metadata.</summary>
    /// <param name="path"><c>RUN.meta.json</c>.</param>
    /// <exception cref="InputException">There is no such file, or it is not a run's metadata.</exception>
    public static RunMetadata Read(string path) => RunMetadataJson.Read(path);

    private static string Said(bool flag) => flag ? "given" : NotGiven;
}
