using System.CommandLine;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring.Packing;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad merge</c>: shards of one plan become one run.</summary>
internal static class MergeCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var shards = new Argument<string[]>("SHARD") { Description = "RUN.jsonl of every shard, in any order.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out", "-o") { Description = "Where to write the run.", HelpName = "RUN.jsonl", Required = true };
        var command = new Command("merge", "Join the shards of a run, byte for byte as one run would have written them.\n\nExample: layergrad merge runs/aqua.0.jsonl runs/aqua.1.jsonl --out runs/aqua.jsonl")
        {
            shards, output,
        };
        command.SetAction(result =>
        {
            var files = result.GetRequiredValue(shards);
            var summary = ShardMerge.Merge(files, result.GetRequiredValue(output));
            var skipped = summary.Skipped.Sum(skip => skip.Count);
            Terminal.Tell($"merged {Wording.Of(files.Length, "shard")} into {summary.Paths.Lines}: {Wording.Of(summary.Measured, "example")}, {Wording.Count(skipped)} skipped");
            return RunOutcome.Conclude(summary);
        });
        return command;
    }
}
