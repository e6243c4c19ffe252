using System.Text.Json;
using LayerGrad.Cli;
using LayerGrad.Figures;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Figures;

public sealed class RunFiguresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedFact]
    public void The_curves_are_those_of_the_original_analysis()
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "analysis", "expected.json")));
        var sets = expected.RootElement.GetProperty("28").GetProperty("sets");
        string[] names = ["none", "simplified", "detailed"];
        var figure = RunFigures.Create(new FigureRequest { Runs = [.. names.Select(Run)], Labels = names, Bootstrap = 0, Ratio = true });
        var panels = new Drawing(figure).Panels;
        panels.Count.ShouldBe(6);
        for (var i = 0; i < panels.Count; i++)
        {
            var metric = i < 3 ? "S_sum" : "S_ratio";
            foreach (var projection in sets.GetProperty(panels[i].Title).GetProperty(metric).EnumerateObject())
            {
                var curve = projection.Value.GetProperty("curve").EnumerateArray().Select(value => value.GetDouble()).ToArray();
                panels[i].Pieces(projection.Name).Single().Select(point => point.Y).ShouldBe(curve, tolerance: 2e-3 * curve.Max());
            }
        }
    }

    [SharedFact]
    public void Bands_hold_their_curves()
    {
        var panel = new Drawing(RunFigures.Create(new FigureRequest { Runs = [Run("none")], Bootstrap = 200 })).Panels.Single();
        var line = panel.Pieces("V").Single();
        var band = panel.Band("V");
        for (var layer = 0; layer < line.Count; layer++)
            line[layer].Y.ShouldBeInRange(band[(2 * line.Count) - 1 - layer].Y, band[layer].Y);
    }

    [SharedFact]
    public void Runs_of_two_models_stand_in_rows()
    {
        var runs = new[] { Run("none"), Shared.Path("reference", "analysis", "26layers.none.jsonl") };
        var drawing = new Drawing(RunFigures.Create(new FigureRequest { Runs = runs, Models = ["Seven", "Two"], Labels = ["None", "None"], Bootstrap = 0 }));
        drawing.Panels.Select(panel => panel.Title).ShouldBe(["Seven: None", "Two: None"]);
        drawing.Panels.Select(panel => panel.Pieces("Q").Single().Count).ShouldBe([28, 26]);
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = runs })).Message.ShouldContain("26 layers");
    }

    [Fact]
    public void Dashed_lines_are_named_by_their_labels_and_correct_and_irrelevant_only_where_the_metadata_says_so()
    {
        string[] Texts(FigureRequest request) => [.. new Drawing(RunFigures.Create(request)).Texts];
        var (plain, other) = (Measured("plain", "data/aqua.json"), Measured("other", "data/gsm.json"));
        var (right, wrong) = (Measured("right", "data/aqua.json"), Measured("wrong", "data/aqua_irrelevant.json"));
        new[] { "plain", "other" }.ShouldBeSubsetOf(Texts(new() { Runs = [plain], Against = [other], Bootstrap = 0 }));
        new[] { "AQuA", "GSM8K" }.ShouldBeSubsetOf(Texts(new() { Runs = [plain], Against = [other], Labels = ["AQuA", "GSM8K"], Bootstrap = 0 }));
        new[] { "correct", "irrelevant" }.ShouldBeSubsetOf(Texts(new() { Runs = [right], Against = [wrong], Bootstrap = 0 }));
        new[] { "A", "B" }.ShouldBeSubsetOf(Texts(new() { Runs = [right], Against = [wrong], Labels = ["A", "B"], Bootstrap = 0 }), "what the user says goes first");

        // A file's name is no metadata.
        var (bare, named) = (Measured("bare", null), Measured("bare_irrelevant", null));
        Texts(new() { Runs = [bare], Against = [named], Bootstrap = 0 }).ShouldNotContain("correct");
        Texts(new() { Runs = [plain, other], Against = [right, other], Bootstrap = 0 }).ShouldNotContain("correct");
        string.Concat(Texts(new() { Runs = [plain, right], Against = [other, bare], Labels = ["A", "B", "C", "D"], Bootstrap = 0 })).ShouldContain("Dashed: C (beside A); D (beside B).");
        new[] { "this", "that" }.ShouldBeSubsetOf(Texts(new() { Runs = [plain], Against = [other], Style = new FigureStyle { Names = ("this", "that") }, Bootstrap = 0 }));
    }

    [SharedFact]
    public void Spectra_are_those_of_the_run()
    {
        var run = Shared.Path("reference", "tiny", "llama2", "base.spectra.jsonl");
        var panels = new Drawing(RunFigures.Create(new FigureRequest { Runs = [run], Kind = FigureKind.Spectra, Projections = ["v"] })).Panels;
        using var reader = new RunReader(run, new RunReaderOptions { Spectra = true });
        var (sum, examples) = (0.0, 0);
        while (reader.Read())
        {
            var weight = reader.Weights.ToList().FindIndex(name => name.Name == "model.layers.1.self_attn.v_proj.weight");
            sum += reader.Current.Spectrum(weight).Span[0];
            examples++;
        }

        panels.Single().Pieces("layer 1").Single()[0].Y.ShouldBe(sum / examples, 0.01 * sum / examples);
    }

    [Fact]
    public void Step_figures_hold_the_means_of_each_step()
    {
        var path = Path.Combine(_folder, "probe.jsonl");
        File.WriteAllLines(path, from step in new[] { 0, 10, 20 } from example in new[] { 0, 1 } select Line(example, step, (layer, value) => 1 + layer + step + (value * example)));
        var cells = new Drawing(RunFigures.Create(new FigureRequest { Runs = [path], Kind = FigureKind.Steps })).Panels.Single().Cells;
        cells.Select(cell => cell.Value).ShouldBe([1.5, 11.5, 21.5, 2.5, 12.5, 22.5]);
        var line = new Drawing(RunFigures.Create(new FigureRequest { Runs = [path], Kind = FigureKind.Progress })).Panels.Single().Pieces("probe").Single();
        line.Select(point => point.X).ShouldBe([0, 10, 20], tolerance: 0.05);
        line.Select(point => point.Y).ShouldBe([2, 12, 22], tolerance: 0.05);
    }

    [Fact]
    public void An_empty_run_makes_no_figure()
    {
        var path = Path.Combine(_folder, "empty.jsonl");
        File.WriteAllText(path, "");
        foreach (var kind in Enum.GetValues<FigureKind>())
            Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path], Kind = kind })).Message.ShouldContain(path);
    }

    [Fact]
    public void A_run_of_nothing_but_NaN_makes_no_figure()
    {
        var path = Path.Combine(_folder, "nan.jsonl");
        File.WriteAllLines(path, [Line(0, null, (_, _) => double.NaN)]);
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path] })).Message.ShouldContain("NaN");
        var output = Path.Combine(_folder, "figure.svg");
        CommandLine.Run(["plot", path, "--out", output]).ShouldBe(CommandLine.WrongInput);
        File.Exists(output).ShouldBeFalse();
    }

    [Fact]
    public void Labels_that_do_not_count_up_are_refused()
    {
        var path = Path.Combine(_folder, "run.jsonl");
        File.WriteAllLines(path, [Line(0, null, (layer, _) => layer + 1)]);
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path, path], Labels = ["A"] })).Message.ShouldContain("--labels has 1");
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path], Projections = ["gate"] })).Message.ShouldContain("it has Q");
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path], Kind = FigureKind.Spectra })).Message.ShouldContain("--spectra");
        Should.Throw<InputException>(() => RunFigures.Create(new FigureRequest { Runs = [path], Kind = FigureKind.Steps })).Message.ShouldContain("step");
    }

    [SharedFact]
    public void The_command_writes_the_figure()
    {
        var output = Path.Combine(_folder, "figure.svg");
        CommandLine.Run(["plot", Run("none"), Run("detailed"), "--labels", "None,Detailed", "--bootstrap", "0", "--width", "one", "--log", "--axes", "free", "--out", output]).ShouldBe(CommandLine.Done);
        var drawing = new Drawing(File.ReadAllText(output));
        drawing.Panels.Select(panel => panel.Title).ShouldBe(["None", "Detailed"]);
        drawing.Width.ShouldBe(84 / 25.4 * 72, 0.01);
        CommandLine.Run(["plot", Run("none"), "--width", "wide", "--out", output]).ShouldBe(CommandLine.WrongInput);
        CommandLine.Run(["plot", Run("none"), "--out", Path.Combine(_folder, "figure.gif")]).ShouldBe(CommandLine.WrongInput);
    }

    private static string Run(string name) => Shared.Path("reference", "analysis", $"28layers.{name}.jsonl");

    /// <summary>A run of two examples, with metadata that names its dataset, or none.</summary>
    private string Measured(string name, string? data)
    {
        var path = Path.Combine(_folder, name + ".jsonl");
        File.WriteAllLines(path, from example in new[] { 0, 1 } select Line(example, null, (layer, value) => 1 + layer + (value * example)));
        if (data is not null)
            File.WriteAllText(Path.ChangeExtension(path, "meta.json"), $$"""{"data":{"path":"{{data}}"} }""");
        return path;
    }

    private static string Line(int index, int? step, Func<int, double, double> value)
    {
        var weights = Enumerable.Range(0, 2).Select(layer =>
        {
            var number = value(layer, 1);
            var text = double.IsNaN(number) ? "NaN" : number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            return $"\"model.layers.{layer}.self_attn.q_proj.weight\": {{\"S_sum\": {text}, \"S_max\": 0.5}}";
        });
        return $"{{\"index\": {index}, {(step is { } s ? $"\"step\": {s}, " : "")}\"instruction\": \"i{index}\", \"output\": \"o\", \"loss\": 1, {string.Join(", ", weights)}}}";
    }
}
