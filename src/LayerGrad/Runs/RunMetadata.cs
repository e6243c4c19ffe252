using System.Globalization;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;

namespace LayerGrad.Runs;

/// <summary>
/// <c>RUN.meta.json</c>: what a run measures and how. It is written before the first line, and a run goes on only
/// under the same metadata; paths and devices are told, not compared. The results are added when the run is complete.
/// </summary>
public sealed record RunMetadata
{
    /// <summary>The version of LayerGrad that began the run.</summary>
    public required string Version { get; init; }

    /// <summary>The model as the user named it.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The identity of the model's files.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The model's family, <c>model_type</c> of its configuration.</summary>
    public required string Family { get; init; }

    /// <summary>How many layers the model has.</summary>
    public required int Layers { get; init; }

    /// <summary>What a reader must know of the model's tensors, a sentence each: those that nobody reads, a head that is not tied.</summary>
    public IReadOnlyList<string> WeightNotes { get; init; } = [];

    /// <summary>Fields of the configuration that the family does not use and that are not known to change nothing, all of them.</summary>
    public IReadOnlyList<string> UnusedFields { get; init; } = [];

    /// <summary>The dataset as the user named it.</summary>
    public required string DataPath { get; init; }

    /// <summary>SHA-256 of the dataset's bytes.</summary>
    public required string DataHash { get; init; }

    /// <summary>The first selected position of the dataset.</summary>
    public required int First { get; init; }

    /// <summary>The position after the last selected one.</summary>
    public required int End { get; init; }

    /// <summary>SHA-256 over the tokenizer's files; null where the tokenizer is in the model's own file (GGUF).</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>The version of transformers whose changes to a folder's tokenizer were made.</summary>
    public TokenizerRules TokenizerRules { get; init; }

    /// <summary>How the text became tokens.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>Whether the chat template was used.</summary>
    public required bool Chat { get; init; }

    /// <summary>The date that the chat template saw; null without <c>--chat</c>.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>The variables that the chat template was given, as one line of JSON; null where there were none.</summary>
    public string? TemplateArguments { get; init; }

    /// <summary>The tools that the chat template was given, as one line of JSON; null where there were none.</summary>
    public string? Tools { get; init; }

    /// <summary>Tokens after which an example was cut.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Which weights were asked for.</summary>
    public required string WeightSelection { get; init; }

    /// <summary>Whether the parts of fused weights are in the lines beside the whole.</summary>
    public bool SplitFused { get; init; }

    /// <summary>Whether all singular values are in the lines.</summary>
    public required bool Spectra { get; init; }

    /// <summary>Whether <c>RUN.tokens.jsonl</c> is written.</summary>
    public required bool Tokens { get; init; }

    /// <summary>Whether cosines are in the lines.</summary>
    public required bool Cosine { get; init; }

    /// <summary>In which numbers the run computes.</summary>
    public required Precision Precision { get; init; }

    /// <summary>The kind of device: <c>cpu</c> or <c>cuda</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Which part of the run this is; null for all of it.</summary>
    public Shard? Shard { get; init; }

    /// <summary>How many tokens a packing window holds.</summary>
    public int TokenBudget { get; init; }

    /// <summary>The dataset position at which each packing window of the whole run begins.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>The measured weights, in the order of the lines.</summary>
    public IReadOnlyList<MeasuredWeight> Weights { get; init; } = [];

    /// <summary>What computed, one entry for each machine that worked on the run.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>What the run, or this shard of it, came to; null until it is complete.</summary>
    public RunResults? Results { get; init; }

    /// <summary>Selected examples of the whole run.</summary>
    public int Examples => End - First;

    /// <summary>The dataset positions that this run, or this shard of it, holds; ascending.</summary>
    internal IEnumerable<int> Positions()
    {
        for (var window = 0; window < Windows.Count; window++)
        {
            if (Shard?.Holds(window) == false)
                continue;
            var end = window + 1 < Windows.Count ? Windows[window + 1] : End;
            for (var position = Windows[window]; position < end; position++)
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
        ("--data", DataHash),
        ("--tokenizer", TokenizerHash ?? "in the model's file"),
        ("--tokenizer-rules", TokenizerRulesName.Of(TokenizerRules)),
        ("--range and --limit", string.Create(CultureInfo.InvariantCulture, $"{First}:{End}")),
        ("--protocol", NameOf(Protocol)),
        ("--chat", Said(Chat)),
        ("--date", Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "none"),
        ("--template-arg", TemplateArguments ?? "not given"),
        ("--tools", Tools ?? "not given"),
        ("--max-length", MaxLength.ToString(CultureInfo.InvariantCulture)),
        ("--weights", WeightSelection),
        ("--split-fused", Said(SplitFused)),
        ("--spectra", Said(Spectra)),
        ("--tokens", Said(Tokens)),
        ("--cosine", Said(Cosine)),
        ("--precision", Precision.NameOf()),
        ("--device", Device),
    ];

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

    /// <summary>The name of a protocol on the command line.</summary>
    internal static string NameOf(Protocol protocol) => protocol == Protocol.Paper ? "paper" : "strict";

    private static string Said(bool flag) => flag ? "given" : "not given";
}
