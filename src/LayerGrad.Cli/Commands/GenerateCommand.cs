using System.CommandLine;
using LayerGrad.Compute;
using LayerGrad.Models;
using LayerGrad.Training;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad generate</c>: what a model makes of a text.</summary>
internal static class GenerateCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A Hugging Face folder, ORG/NAME on the hub, or FILE.gguf." };
        var prompts = new Option<string[]>("--prompt", "-p") { Description = "The text that is continued; give the option again for more texts.", HelpName = "TEXT", Required = true };
        var tokens = new Option<int>("--max-tokens") { Description = "The most tokens that are added.", HelpName = "N", DefaultValueFactory = _ => 256 };
        var threads = new Option<int?>("--threads") { Description = "Processor threads; all by default.", HelpName = "N" };
        var device = CommonOptions.Device();
        var precision = CommonOptions.Precision();
        var rules = CommonOptions.TokenizerRules();
        var tokenizer = CommonOptions.Tokenizer();
        var adapter = CommonOptions.Adapter();
        var command = new Command(
            "generate",
            "Continue a text with the most likely token each time, until the model ends it.\n\n"
            + "Example: layergrad generate demo/model --prompt 'Find the smallest of the numbers 9, 1, 59, 62.'\n"
            + "prints: 1\n\n"
            + "As in training, a line end stands between the question and the answer; it is added where the text has none. What stands after\n"
            + "a line end in the text is the beginning of the answer.")
        {
            model, adapter, prompts, tokens, tokenizer, device, precision, threads, rules,
        };
        command.SetAction(result =>
        {
            var most = result.GetValue(tokens);
            if (most < 1)
                throw new InputException($"--max-tokens {most}: must be at least 1");
            return Interruption.Guard("interrupted.", cancel =>
            {
                var name = result.GetRequiredValue(model);
                CommonOptions.NoteDevice(result.GetValue(device)!);
                using var generator = GreedyGenerator.Load(
                    ModelLoader.Locate(name, cancel: cancel), AdapterName.Of(result.GetValue(adapter), ModelLoader.LocateAdapter(result.GetValue(adapter), cancel: cancel)), result.GetValue(threads), result.GetValue(tokenizer), result.GetValue(rules), result.GetValue(device)!,
                    Precisions.Parse(result.GetValue(precision)!));
                var texts = result.GetRequiredValue(prompts).Select(text => text.Contains('\n', StringComparison.Ordinal) ? text : text + "\n").ToArray();
                foreach (var answer in generator.Continue(texts, most, cancel))
                    Terminal.Show(answer + Environment.NewLine);
                return CommandLine.Done;
            });
        });
        return command;
    }
}
