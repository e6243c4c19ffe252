using System.CommandLine;
using LayerGrad.Hub;
using LayerGrad.Studies.Datasets;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data fetch</c>: the original study's data and statistics.</summary>
internal static class DataFetchCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var what = new Argument<string>("WHAT") { Description = "paper: the data of the original study." };
        what.AcceptOnlyFromAmong("paper");
        var statistics = new Option<string?>("--statistics") { Description = "The authors' released statistics of a model instead, as run files for compare, plot and report.", HelpName = "MODEL" };
        var only = new Option<string?>("--only") { Description = "Only files whose name contains this.", HelpName = "TEXT" };
        var source = new Option<string?>("--source") { Description = "A mirror of the repository's folder data.", HelpName = "URL" };
        var output = new Option<string?>("--out") { Description = "The folder to keep the files in, instead of the cache.", HelpName = "DIR" };
        var command = new Command("fetch", "Fetch the original study's data, checked by SHA-256; started again, it goes on.\n\nExample: layergrad data fetch paper --only aqua")
        {
            what, statistics, only, source, output,
        };
        command.SetAction(async (arguments, cancel) =>
        {
            if (arguments.GetValue(statistics) is { } model)
            {
                foreach (var run in await PaperDownload.FetchStatisticsAsync(model, HubOptions.FromEnvironment(), null, cancel))
                    Terminal.Print(run);
                return CommandLine.Done;
            }

            var files = PaperData.Files.Values.Where(file => file.Name.Contains(arguments.GetValue(only) ?? "", StringComparison.Ordinal)).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            if (files.Count == 0)
                throw new InputException($"--only {arguments.GetValue(only)}: no file of the study has that in its name; they are such as {PaperData.Files.Keys.Order(StringComparer.Ordinal).First()}.");
            var address = arguments.GetValue(source) is not { } mirror ? PaperData.Source
                : Uri.TryCreate(mirror, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" ? parsed
                : throw new InputException($"--source {mirror}: not an http address.");
            foreach (var path in await PaperDownload.FetchAsync(files, address, arguments.GetValue(output) ?? PaperData.Folder, file => Terminal.Tell($"fetched {file.Name}"), cancel))
                Terminal.Print(path);
            return CommandLine.Done;
        });
        return command;
    }
}
