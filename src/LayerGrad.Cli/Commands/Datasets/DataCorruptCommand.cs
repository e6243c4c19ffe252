using System.CommandLine;
using LayerGrad.Data;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data corrupt</c>: the same instructions with irrelevant answers.</summary>
internal static class DataCorruptCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = $"The dataset: {DataArguments.Kinds}." };
        var fields = new DataArguments();
        var output = new Option<string>("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };
        var seed = new Option<ulong>("--seed") { Description = "Equal seeds give equal files on every machine.", DefaultValueFactory = _ => 42 };
        var mode = new Option<string>("--mode")
        {
            Description = "answers: every record gets another one's answer. words (or sentences): the sentences of all answers are dealt out anew, as in the study's knowledge texts.",
            DefaultValueFactory = _ => "answers",
        };
        mode.AcceptOnlyFromAmong("answers", "words", "sentences");
        var sameAllowed = new Option<bool>("--same-allowed") { Description = "Where one answer is too frequent, let as few records as possible keep an equal one." };
        var command = new Command("corrupt", "Give every record an answer that is not its own.\n\nExample: layergrad data corrupt aqua.json --out irrelevant.json --seed 1")
        {
            file, output, seed, mode, sameAllowed,
        };
        foreach (var option in fields.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var path = arguments.GetRequiredValue(file);
            var target = arguments.GetRequiredValue(output);
            var corrupted = Corruption.Corrupt(
                fields.LoadBeside(arguments, path, [target]).RequireTexts("data corrupt").Examples,
                arguments.GetValue(mode) == "answers" ? CorruptionMode.Answers : CorruptionMode.Sentences,
                arguments.GetValue(seed),
                arguments.GetValue(sameAllowed),
                path);
            DatasetFile.Write(target, corrupted.Examples);
            Terminal.Print($"{target}: {corrupted.Examples.Count} records, {corrupted.Unchanged} with an answer equal to their own");
        });
        return command;
    }
}
