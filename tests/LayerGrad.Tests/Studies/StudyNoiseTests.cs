using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Runs;
using LayerGrad.Studies;
using LayerGrad.Studies.Plan;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Studies;

/// <summary><c>noise</c> in a study: engines that serve one run after the other, runs that were cut, and shards.</summary>
public sealed class StudyNoiseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Each_run_has_its_own_products_and_one_that_was_cut_is_measured_again()
    {
        using (var shared = new ModelMeasurer(Measurers.Create))
        {
            shared.Measure(Options("a.jsonl", "0:3"), null, CancellationToken.None);
            shared.Measure(Options("b.jsonl", "5:8"), null, CancellationToken.None);
        }

        MeasureRun.Execute(Options("alone.jsonl", "5:8"));
        Products("b").ShouldBe(Products("alone"));
        Products("a").ShouldNotBe(Products("alone"));

        // Killed before its products were written: alone it is refused, in a study it begins again.
        File.Delete(new RunPaths(_folder.At("b.jsonl")).Noise);
        Should.Throw<InputException>(() => MeasureRun.Execute(Options("b.jsonl", "5:8"))).Message.ShouldContain("cannot go on after 3 of them");
        using (var shared = new ModelMeasurer(Measurers.Create))
            shared.Measure(Options("b.jsonl", "5:8"), null, CancellationToken.None).Measured.ShouldBe(3);
        Products("b").ShouldBe(Products("alone"));
        File.ReadAllText(_folder.At("b.jsonl")).ShouldBe(File.ReadAllText(_folder.At("alone.jsonl")));
    }

    [Fact]
    public void A_study_asks_for_it_and_then_takes_no_shards()
    {
        _folder.Write("m.gguf", "");
        _folder.Write("a.json", """[{"instruction": "i", "output": "o"}]""");
        var study = Study.Load(_folder.Write("study.yaml", """
            models: [{ name: m, model: m.gguf }]
            settings: [none]
            variants: [correct]
            datasets: [{ name: d, files: { none: { correct: a.json } } }]
            measure: { noise: true }
            """));
        study.Measure.Measurement.Noise.ShouldBeTrue();
        StudyUnit.Of(study, study.Cells[0]).ShouldHaveSingleItem();
        Should.Throw<InputException>(() => StudyUnit.Of(study, study.Cells[0], shards: 2)).Message.ShouldContain("leave 'noise' out of measure");
    }

    private string Products(string run) => File.ReadAllText(new RunPaths(_folder.At(run + ".jsonl")).Noise);

    private MeasureRunOptions Options(string run, string range) => new()
    {
        Model = Shared.Path("models", "tiny", "llama2"),
        Data = Shared.Path("reference", "examples.json"),
        Out = _folder.At(run),
        Device = "cpu",
        Memory = 1L << 30,
        Range = LayerGrad.Runs.Measurements.ExampleRange.Parse(range),
        Measurement = new() { Noise = true },
    };
}
