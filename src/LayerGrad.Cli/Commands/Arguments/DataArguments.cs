using System.CommandLine;
using LayerGrad.Cli.Progress;
using LayerGrad.Examples;
using LayerGrad.Hub;

namespace LayerGrad.Cli.Commands;

/// <summary>How datasets are named on the command line, and how they are found.</summary>
internal sealed class DataArguments
{
    /// <summary>What a dataset may be, for the help.</summary>
    public const string Kinds = "JSON, JSON Lines, CSV, TSV, Parquet or Arrow (also .gz, .zst), a folder of shards, ORG/NAME or hf://datasets/ORG/NAME[@REV][/PATH][?config=C&split=S], or - for standard input";

    private readonly Option<string?> _instruction = Field("--instruction-field", "question");
    private readonly Option<string?> _input = Field("--input-field", "input");
    private readonly Option<string?> _output = Field("--output-field", "response");

    /// <summary>The options that say which fields are read.</summary>
    public Option[] All => [_instruction, _input, _output];

    /// <summary>Which fields the user names.</summary>
    public DatasetFields Fields(ParseResult result)
    {
        var fields = new DatasetFields(result.GetValue(_instruction), result.GetValue(_input), result.GetValue(_output));
        return fields.IsEmpty ? DatasetFields.None : fields;
    }

    /// <summary>Finds a dataset.</summary>
    /// <param name="name">The dataset as the user wrote it.</param>
    /// <param name="spool">Where standard input is kept; null to hold it in memory.</param>
    /// <param name="quiet">Whether to say nothing of downloads.</param>
    /// <param name="cancel">Ends downloads.</param>
    public static DatasetSource Locate(string name, InputSpool? spool = null, bool quiet = false, CancellationToken cancel = default) =>
        DatasetResolver.Resolve(name, spool, DownloadLog.Choose(quiet), cancellation: cancel);

    /// <summary>Reads a dataset of a command that writes no run.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">The dataset as the user wrote it.</param>
    /// <param name="end">The position after the last example; null for all.</param>
    public LoadedDataset Load(ParseResult result, string name, int? end = null) => Dataset.Load(Locate(name), Fields(result), end: end);

    /// <summary>Reads a dataset of a command that writes files, none of which may be the dataset.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">The dataset as the user wrote it.</param>
    /// <param name="outputs">What the command writes, that of <c>--out</c> first.</param>
    /// <param name="end">The position after the last example; null for all.</param>
    /// <exception cref="InputException">An output is a file of the dataset.</exception>
    public LoadedDataset LoadBeside(ParseResult result, string name, string[] outputs, int? end = null)
    {
        var source = Locate(name);
        OutputPlaces.Check("--out", outputs, source.Files);
        return Dataset.Load(source, Fields(result), end: end);
    }

    private static Option<string?> Field(string name, string what) => new(name) { Description = $"The field of the records that holds the {what}, where its name does not tell.", HelpName = "FIELD" };
}
