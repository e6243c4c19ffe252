using System.CommandLine;
using System.Text;
using LayerGrad.Analysis.Agreement;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad agreement</c>: how the mean gradients of the sets of a kernel lie to each other.</summary>
internal static class AgreementCommand
{
    private static readonly string[] s_formats = [ResultOutput.Text, "csv", "json"];

    private static readonly Argument<string> s_kernel = new("KERNEL") { Description = "What 'layergrad kernel --with' (or --test) wrote: KERNEL.npy with KERNEL.json beside it." };

    private static readonly Option<string[]?> s_sets = new("--sets")
    {
        Description = "The sets, in their order: names of the kernel's own; or, of a kernel of one dataset, NAME=A:B by position. All by default.",
        HelpName = "A,B,C",
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries))],
    };

    private static readonly Option<string?> s_format = new("--format") { Description = "text, csv or json; by the ending of --out where it tells." };

    private static readonly Option<string?> s_out = new("--out") { Description = "Write to a file instead of the terminal.", HelpName = "FILE" };

    private static readonly Option<int> s_bootstrap = new("--bootstrap") { Description = "Resamples behind each interval.", HelpName = "N", DefaultValueFactory = _ => 2000 };

    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of the resampling.", HelpName = "N" };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "agreement",
            "Tell whether sets of examples pull the same way: the cosine of their mean gradients by layer and projection with intervals, as it is and corrected for noise, and how many examples go along with a mean gradient.\n\n"
            + "Example: layergrad kernel --model HuggingFaceTB/SmolLM2-135M --data none.json --with simplified.json detailed.json --limit 50 --out k.npy && layergrad agreement k.npy")
        {
            s_kernel, s_sets, s_format, s_out, s_bootstrap, s_seed,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var file = arguments.GetValue(s_out);
        var format = ResultOutput.FormatFor(arguments.GetValue(s_format), file, s_formats);
        if (file is not null)
            OutputPlaces.Check("--out", [file], KernelSidecar.FilesOf(arguments.GetRequiredValue(s_kernel)));
        var result = KernelAgreement.Create(new AgreementOptions
        {
            Kernel = arguments.GetRequiredValue(s_kernel),
            Sets = arguments.GetValue(s_sets) ?? [],
            Bootstrap = arguments.GetValue(s_bootstrap),
            Seed = arguments.GetValue(s_seed),
        });
        ResultOutput.WriteTables(file, format, AgreementTables.Of(result), result.Notes, format switch
        {
            "csv" => AgreementCsv.Of(result),
            "json" => Encoding.UTF8.GetString(AgreementJson.Of(result)),
            _ => null,
        });
        return CommandLine.Done;
    }
}
