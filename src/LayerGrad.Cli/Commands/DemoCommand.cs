using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Studies.Products;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad demo</c>: the main job on a small model that comes with the program.</summary>
internal static class DemoCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--out", "-o") { Description = "Folder of runs, figure and report.", HelpName = "DIR", DefaultValueFactory = _ => "layergrad-demo" };
        var threads = new Option<int?>("--threads") { Description = "Processor threads; all by default.", HelpName = "N" };
        var command = new Command(
            "demo",
            "Measure, compare, draw and report held-out problems on the demonstration model; needs no network.\n\nExample: layergrad demo --out /tmp/demo")
        {
            output, threads,
        };
        command.SetAction(result =>
        {
            using var interruption = new Interruption("interrupted; give the same command again to go on from there.");
            var clock = Stopwatch.StartNew();
            var demo = Demonstration.Locate();
            var (family, parameters, problems) = Demonstration.Describe(demo);
            Terminal.Tell(string.Create(
                CultureInfo.InvariantCulture, $"A {family} of {parameters / 1e6:0.0} million parameters that LayerGrad trained itself; {problems} held-out problems with no reasoning,"));
            Terminal.Tell("simplified and detailed reasoning, each with its own answer and with another problem's (irrelevant).");
            try
            {
                var shown = Demonstration.Run(demo, result.GetRequiredValue(output), result.GetValue(threads), new Line(), interruption.Token);
                Terminal.Tell($"measured in {Wording.Time(clock.Elapsed)}");
                Console.WriteLine();
                ComparisonText.Print(shown.Comparison);
                Console.WriteLine();
                Terminal.Print($"figure:  {shown.Figure}");
                Terminal.Print($"report:  {shown.Report}");
                Terminal.Print($"runs:    {string.Join(", ", shown.Runs)}");
                return CommandLine.Done;
            }
            catch (OperationCanceledException)
            {
                return interruption.Conclude();
            }
        });
        return command;
    }

    /// <summary>A line for each part of the work, in order.</summary>
    private sealed class Line : IProgress<string>
    {
        public void Report(string value) => Terminal.Tell($"  {value} ...");
    }
}
