using System.CommandLine;
using System.Text;
using LayerGrad.Analysis.Noise;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad noise</c>: the gradient noise scale of the examples of a kernel.</summary>
internal static class NoiseCommand
{
    private static readonly string[] s_formats = [ResultOutput.Text, "csv", "json"];

    private static readonly Argument<string> s_kernel = new("KERNEL") { Description = "What 'layergrad kernel --by weight' (or layer, or sum) wrote, KERNEL.npy with KERNEL.json beside it, RUN.noise.json of 'layergrad measure --noise', or a probe's run of 'layergrad train --noise' (DIR/probes/NAME.jsonl), by its steps." };

    private static readonly Option<string?> s_format = new("--format") { Description = "text, csv or json; by the ending of --out where it tells." };

    private static readonly Option<string?> s_out = new("--out") { Description = "Write to a file instead of the terminal.", HelpName = "FILE" };

    private static readonly Option<int> s_bootstrap = new("--bootstrap") { Description = "Resamples behind each interval.", HelpName = "N", DefaultValueFactory = _ => 2000 };

    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of the resampling.", HelpName = "N" };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "noise",
            "Estimate the gradient noise scale (McCandlish et al. 2018) of a kernel's examples, by layer and as a whole, with intervals.\n\n"
            + "Example: layergrad kernel --model HuggingFaceTB/SmolLM2-135M --data train.json --limit 200 --out kernel.npy && layergrad noise kernel.npy")
        {
            s_kernel, s_format, s_out, s_bootstrap, s_seed,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var file = arguments.GetValue(s_out);
        var format = ResultOutput.FormatFor(arguments.GetValue(s_format), file, s_formats);
        var kernel = arguments.GetRequiredValue(s_kernel);
        var isProbe = kernel.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        if (file is not null)
            OutputPlaces.Check("--out", [file], isProbe ? [kernel, .. new RunPaths(kernel).NoiseSteps().Values] : KernelSidecar.FilesOf(kernel));
        if (isProbe)
        {
            var steps = NoiseOverSteps.Of(kernel, arguments.GetValue(s_bootstrap), arguments.GetValue(s_seed));
            ResultOutput.WriteTables(file, format, [NoiseTables.OfSteps(steps)], [], format switch
            {
                "csv" => NoiseCsv.OfSteps(steps),
                "json" => Encoding.UTF8.GetString(NoiseJson.OfSteps(steps)),
                _ => null,
            });
            return CommandLine.Done;
        }

        var result = KernelNoise.Create(new NoiseOptions
        {
            Kernel = kernel,
            Bootstrap = arguments.GetValue(s_bootstrap),
            Seed = arguments.GetValue(s_seed),
        });
        ResultOutput.WriteTables(file, format, NoiseTables.Of(result), result.Notes, format switch
        {
            "csv" => NoiseCsv.Of(result),
            "json" => Encoding.UTF8.GetString(NoiseJson.Of(result)),
            _ => null,
        });
        return CommandLine.Done;
    }
}
