using System.CommandLine;
using LayerGrad.Data.Synthesis;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data synth</c>: problems and knowledge texts of our own making.</summary>
internal static class DataSynthCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var defaults = new SynthesisOptions();
        var folder = new Option<string>("--out") { Description = "The folder to write to.", HelpName = "DIR", Required = true };
        var train = Count("--train", "How many problems to train on.", defaults.Train);
        var heldOut = Count("--heldout", "How many problems to hold out; no training split, whatever its seed, has any of them.", defaults.HeldOut);
        var knowledge = Count("--knowledge", "How many knowledge texts of each sort.", defaults.Knowledge);
        var words = new Option<int[]>("--words")
        {
            Description = "Lengths of the texts about popular things, in words.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. defaults.KnowledgeWords],
        };
        var kinds = new Option<string[]>("--kinds") { Description = $"Kinds of problems: {string.Join(", ", ProblemSynthesis.Kinds)}. All without it.", HelpName = "KIND", AllowMultipleArgumentsPerToken = true };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal files on every machine.", HelpName = "S", DefaultValueFactory = _ => defaults.Seed };
        var command = new Command(
            "synth",
            "Write word problems, each with the answer alone, a short derivation and numbered steps, and texts about an invented world.\n\nExample: layergrad data synth --out synth --train 20000 --heldout 500 --seed 1")
        {
            folder, train, heldOut, knowledge, words, kinds, seed,
        };
        command.SetAction(arguments =>
        {
            var written = SyntheticData.Write(arguments.GetRequiredValue(folder), new SynthesisOptions
            {
                Train = arguments.GetValue(train),
                HeldOut = arguments.GetValue(heldOut),
                Knowledge = arguments.GetValue(knowledge),
                KnowledgeWords = arguments.GetValue(words) ?? [],
                Kinds = arguments.GetValue(kinds) ?? [],
                Seed = arguments.GetValue(seed),
            });
            foreach (var (path, records) in written)
                Terminal.Print($"{path}: {records} records");
        });
        return command;
    }

    private static Option<int> Count(string name, string description, int otherwise)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) < 0)
                result.AddError($"{name} must not be negative.");
        });
        return option;
    }
}
