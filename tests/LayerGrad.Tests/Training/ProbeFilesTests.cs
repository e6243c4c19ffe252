using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerGrad.Cli;
using LayerGrad.Tests.Figures;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Training;

/// <summary>What training's probes write is read by everything that reads runs: compared at a step, drawn and reported over the steps.</summary>
[Collection(nameof(CommandLineRun))]
public sealed partial class ProbeFilesTests : IDisposable
{
    private static readonly int[] s_steps = [0, 4, 8, 12];

    private readonly TinyModel _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Probes_of_a_training_are_compared_drawn_and_reported()
    {
        Run("train", "--init", _tiny.Config, "--tokenizer", _tiny.Tokenizer, "--data", _tiny.Data("train_simplified"), "--out", _tiny.At("model"), "--steps", "12", "--batch", "4",
            "--lr", "5e-3", "--probe", _tiny.Data("heldout_none"), _tiny.Data("heldout_simplified"), "--noise", "--every", "4", "--threads", "1", "--quiet");
        string[] probes = [Probe("heldout_none"), Probe("heldout_simplified")];
        var lines = probes.Select(Lines).ToArray();
        foreach (var probe in lines)
            probe.Select(line => line.GetProperty("step").GetInt32()).Distinct().ShouldBe(s_steps);

        CompareAtAStep(probes, lines, 8);
        CommandLineRun.Of(["compare", .. probes]).ShouldSatisfyAllConditions(
            result => result.Status.ShouldBe(CommandLine.WrongInput), result => result.Error.ShouldContain("0, 4, 8, 12; choose one with --step"));
        DrawOverSteps(probes, lines);
        Report(probes, lines);
        NoiseOverSteps(probes[1]);
    }

    /// <summary>The noise of each step stands beside the probe, and is the noise of the weights of that step.</summary>
    private void NoiseOverSteps(string probe)
    {
        Run("noise", probe, "--bootstrap", "50", "--out", _tiny.At("noise.json"));
        using var json = JsonDocument.Parse(File.ReadAllText(_tiny.At("noise.json")));
        var steps = json.RootElement.GetProperty("steps").EnumerateArray().ToList();
        steps.Select(step => step.GetProperty("step").GetInt32()).ShouldBe(s_steps);

        // The trained model, measured as it was saved, says what the last probe says.
        Run("measure", "--model", _tiny.At("model"), "--data", _tiny.Data("heldout_simplified"), "--noise", "--device", "cpu", "--quiet", "--out", _tiny.At("after.jsonl"));
        Run("noise", _tiny.At("after.noise.json"), "--bootstrap", "50", "--out", _tiny.At("after.json"));
        using var after = JsonDocument.Parse(File.ReadAllText(_tiny.At("after.json")));
        var (last, measured) = (Trace(steps[^1]), Trace(after.RootElement));
        last.ShouldBe(measured, 1e-3 * measured);
        Math.Abs(Trace(steps[0]) - last).ShouldBeGreaterThan(1e-3 * last);

        Run("noise", probe, "--bootstrap", "50", "--out", _tiny.At("noise.csv"));
        File.ReadLines(_tiny.At("noise.csv")).First().ShouldBe("step,of,name,quantity,value,low,high,resolved");
        CommandLineRun.Of("noise", probe, "--bootstrap", "50").Output.ShouldContain("over training steps");
        CommandLineRun.Of("compare", probe, "--step", "4", "--bootstrap", "100").Output.ShouldContain("Gradient noise scale");
        var (drawn, _, why) = CommandLineRun.Of("plot", probe, "--kind", "noise-progress", "--bootstrap", "50", "--out", _tiny.At("noise.svg"));
        if (steps.Exists(step => step.GetProperty("all").GetProperty("resolved").GetBoolean()))
            drawn.ShouldBe(CommandLine.Done, why);

        static double Trace(JsonElement noise) => noise.GetProperty("all").GetProperty("trace").GetProperty("value").GetDouble();
    }

    private void DrawOverSteps(string[] probes, JsonElement[][] lines)
    {
        var progress = Plot("progress").Panels.Single(panel => panel.Title == "V");
        progress.Lines.ShouldBe(["None", "Simplified"]);
        for (var set = 0; set < probes.Length; set++)
        {
            var points = progress.Pieces(progress.Lines[set]).ShouldHaveSingleItem();
            points.Count.ShouldBe(s_steps.Length);
            for (var i = 0; i < s_steps.Length; i++)
            {
                var expected = (Mean(At(lines[set], s_steps[i]), "v_proj", 0) + Mean(At(lines[set], s_steps[i]), "v_proj", 1)) / 2;
                points[i].X.ShouldBe(s_steps[i], 0.05);
                points[i].Y.ShouldBe(expected, 0.01 * expected);
            }
        }

        var cells = Plot("steps").Panels.Single(panel => panel.Title == "None, K").Cells;
        cells.Select(cell => cell.Value).Order().ShouldBe(
            s_steps.SelectMany(step => new[] { Mean(At(lines[0], step), "k_proj", 0), Mean(At(lines[0], step), "k_proj", 1) }).Order(), 1e-4);

        Drawing Plot(string kind)
        {
            Run(["plot", .. probes, "--labels", "None,Simplified", "--kind", kind, "--out", _tiny.At($"{kind}.svg")]);
            return new Drawing(File.ReadAllText(_tiny.At($"{kind}.svg")));
        }
    }

    private void CompareAtAStep(string[] probes, JsonElement[][] lines, int step)
    {
        Run(["compare", .. probes, "--labels", "None,Simplified", "--step", $"{step}", "--bootstrap", "200", "--format", "json", "--out", _tiny.At("compared.json")]);
        using var compared = JsonDocument.Parse(File.ReadAllText(_tiny.At("compared.json")));
        for (var set = 0; set < probes.Length; set++)
        {
            var result = compared.RootElement.GetProperty("sets")[set];
            var chosen = At(lines[set], step);
            result.GetProperty("examples").GetInt32().ShouldBe(chosen.Length);
            var curve = result.GetProperty("metrics").GetProperty("S_sum").GetProperty("V").GetProperty("curve");
            for (var layer = 0; layer < 2; layer++)
                curve[layer].GetDouble().ShouldBe(Mean(chosen, "v_proj", layer), 1e-12);
        }
    }

    private void Report(string[] probes, JsonElement[][] lines)
    {
        Run(["report", .. probes, "--labels", "None,Simplified", "--bootstrap", "200", "--out", _tiny.At("report.html")]);
        using var data = JsonDocument.Parse(PageData().Match(File.ReadAllText(_tiny.At("report.html"))).Groups["json"].Value);
        data.RootElement.GetProperty("step").GetInt32().ShouldBe(12);
        var steps = data.RootElement.GetProperty("steps");
        steps.GetProperty("steps").EnumerateArray().Select(step => step.GetInt32()).ShouldBe(s_steps);
        for (var set = 0; set < probes.Length; set++)
        {
            var values = steps.GetProperty("sets")[set].GetProperty("values").GetProperty("S_sum").GetProperty("Q");
            for (var i = 0; i < s_steps.Length; i++)
            {
                var expected = Mean(At(lines[set], s_steps[i]), "q_proj", 1);
                values[i][1].GetDouble().ShouldBe(expected, 1e-5 * expected);
            }
        }
    }

    private string Probe(string name) => _tiny.At(Path.Combine("model", "probes", name + ".jsonl"));

    private static JsonElement[] Lines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static JsonElement[] At(JsonElement[] lines, int step) => Array.FindAll(lines, line => line.GetProperty("step").GetInt32() == step);

    private static double Mean(JsonElement[] lines, string projection, int layer) => lines.Average(line =>
        line.GetProperty(string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.self_attn.{projection}.weight")).GetProperty("S_sum").GetDouble());

    private static void Run(params string[] arguments)
    {
        var (status, _, error) = CommandLineRun.Of(arguments);
        status.ShouldBe(CommandLine.Done, error);
    }

    [GeneratedRegex("<script type=\"application/json\" id=\"data\">(?<json>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageData();
}
