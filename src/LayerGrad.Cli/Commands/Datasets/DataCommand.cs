using System.CommandLine;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary>The command group <c>layergrad data</c>: everything that makes or looks at a dataset.</summary>
internal static class DataCommand
{
    /// <summary>The group with its commands, in the order in which the help lists them.</summary>
    public static Command Create() => new("data", "Inspect, prepare, corrupt, extend, score, select and fetch datasets, and train a tokenizer on them.")
    {
        DataInspectCommand.Create(),
        DataPrepareCommand.Create(),
        DataCorruptCommand.Create(),
        DataSynthCommand.Create(),
        DataDetailCommand.Create(),
        DataScoreCommand.Create(),
        DataSelectCommand.Create(),
        DataFetchCommand.Create(),
        DataTokenizerCommand.Create(),
    };
}
