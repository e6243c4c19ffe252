using System.CommandLine;
using LayerGrad.Data;
using LayerGrad.Data.Sources;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data prepare</c>: the study's datasets from the public files of their sources.</summary>
internal static class DataPrepareCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var source = new Argument<string>("SOURCE") { Description = $"One of {string.Join(", ", Preparation.Sources)}." };
        var from = new Option<string[]>("--from") { Description = "The source's own files, or folders of them.", HelpName = "FILES", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The folder to write to.", HelpName = "DIR", Required = true };
        var sample = new Option<int>("--sample") { Description = "How many records to draw.", DefaultValueFactory = _ => 500 };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal files on every machine.", DefaultValueFactory = _ => 42 };
        var command = new Command("prepare", "Make None, Simplified and Detailed versions from a public source.\n\nExample: layergrad data prepare gsm8k --from train.jsonl --out data")
        {
            source, from, output, sample, seed,
        };
        command.SetAction(arguments =>
        {
            var folder = arguments.GetRequiredValue(output);
            var files = arguments.GetRequiredValue(from);
            var datasets = Preparation.Prepare(arguments.GetRequiredValue(source), files, arguments.GetValue(sample), arguments.GetValue(seed));
            OutputPlaces.Check("--out", [folder, .. datasets.Select(dataset => Path.Combine(folder, dataset.FileName))], SourceReader.Files(files));
            foreach (var dataset in datasets)
            {
                var path = Path.Combine(folder, dataset.FileName);
                DatasetFile.Write(path, dataset.Examples);
                Terminal.Print($"{path}: {dataset.Examples.Count} records");
            }
        });
        return command;
    }
}
