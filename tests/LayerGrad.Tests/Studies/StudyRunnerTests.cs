using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Studies;
using LayerGrad.Studies.Datasets;
using LayerGrad.Studies.Plan;
using LayerGrad.Studies.Slurm;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Studies;

public sealed class StudyRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _log = [];

    [Fact]
    public void A_failed_cell_does_not_stop_the_others_and_is_told()
    {
        var study = ReadStudy();
        var measurer = new FakeMeasurer(options => options.Data.EndsWith("b.json", StringComparison.Ordinal) ? throw new InputException("no luck") : 0);
        NewRunner(study, measurer).RunAll(CancellationToken.None).ShouldBe(1);
        measurer.Asked.Count.ShouldBe(2);
        var status = StudyStatus.Read(study);
        status[1].State.ShouldBe(CellState.Failed);
        status[1].Error.ShouldBe("no luck");
        status[0].State.ShouldBe(CellState.Waiting);
        status[0].Total.ShouldBe(2);
        _log.ShouldContain("failed m/d/none.irrelevant: no luck");
    }

    [Fact]
    public void An_interruption_is_no_failure()
    {
        var study = ReadStudy();
        Should.Throw<OperationCanceledException>(() => NewRunner(study, new FakeMeasurer(_ => throw new OperationCanceledException())).RunAll(CancellationToken.None));
        StudyStatus.Read(study).ShouldAllBe(cell => cell.State == CellState.Waiting);
    }

    [Fact]
    public void All_processes_of_a_study_share_its_plan()
    {
        var study = ReadStudy();
        var plan = StudyPlan.Fix(study, processes: 1);
        StudyPlan.Fix(study with { Measure = study.Measure with { Memory = null } }, processes: 2).ShouldBe(plan);
        var measurer = new FakeMeasurer(_ => 0);
        new StudyRunner(study, plan, threads: 1, new Observer(_log), measurer).RunAll(CancellationToken.None);
        measurer.Asked.ShouldAllBe(options => options.Memory == plan.Memory && options.Threads == 1 && options.Measurement.Date == null);
    }

    [Fact]
    public void A_cell_that_was_begun_in_shards_goes_on_in_shards()
    {
        var study = ReadStudy();
        var cell = study.Cells[0];
        StudyUnit.Of(study, cell).Single().Shard.ShouldBeNull();
        StudyUnit.Of(study, cell, shards: 3).Select(unit => unit.Shard).ShouldBe([new Shard(0, 3), new Shard(1, 3), new Shard(2, 3)]);
        _folder.Write("out/study/shards/m/d/none.correct.1-of-2.meta.json", "{}");
        StudyUnit.Of(study, cell).Count.ShouldBe(2);
        StudyUnit.Of(study, study.Cells[1]).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Data_is_made_by_recipes()
    {
        _folder.Write("m.gguf", "");
        _folder.Write("train.jsonl", string.Join('\n', Enumerable.Range(0, 9).Select(i => $$"""{"question": "q{{i}}", "answer": "s\n#### {{i}}"}""")));
        var study = Study.Load(_folder.Write(
            "study.yaml",
            """
            models: [{ name: m, model: m.gguf }]
            settings: [none]
            datasets: [{ name: d, prepare: { source: gsm8k, from: train.jsonl, sample: 5 }, corrupt: {} }]
            """));
        await StudyData.MakeAsync(study, new Observer(_log), CancellationToken.None);
        var correct = Dataset.Load(study.Cells[0].Data.Path);
        var irrelevant = Dataset.Load(study.Cells[1].Data.Path);
        correct.Count.ShouldBe(5);
        irrelevant.Select(example => example.Instruction).ShouldBe(correct.Select(example => example.Instruction));
        LayerGrad.Data.Inspection.EqualOutputs(correct, irrelevant).ShouldBe(0);
    }

    [Fact]
    public void Job_arrays_are_written_with_the_sites_own_options()
    {
        var study = ReadStudy() with { Name = "fast & slow" };
        var template = _folder.Write("site.sh", "#!/bin/bash\n{directives}\n#SBATCH --account=physics\nmodule load cuda\n{command}\n");
        var options = new SlurmOptions { Partition = "gpu", Gpus = "a100:1", Time = "02:00:00", ArrayLimit = 4, Cores = 8, Template = template };
        SlurmScript.ArrayOf(study, options, [0, 1, 2, 5, 7, 8], "/s", "exec run").Split('\n').ShouldBe([
            "#!/bin/bash", "#SBATCH --job-name=fast---slow", "#SBATCH --output=/s/logs/%A_%a.log", "#SBATCH --open-mode=append", "#SBATCH --requeue",
            "#SBATCH --partition=gpu", "#SBATCH --array=0-2,5,7-8%4", "#SBATCH --cpus-per-task=8", "#SBATCH --gres=gpu:a100:1", "#SBATCH --time=02:00:00",
            "#SBATCH --account=physics", "module load cuda", "exec run", "",
        ]);
        _folder.Write("site.sh", "#!/bin/bash\n{directives}\n");
        Should.Throw<InputException>(() => SlurmScript.ArrayOf(study, options, [0], "/s", "exec run")).Message.ShouldContain("needs {command}");
    }

    [Fact]
    public void Commands_survive_a_shell() =>
        new ProgramCommand("/usr/bin/dotnet", ["/a b/it's.dll"]).ToShell("study", "$HOME").ShouldBe("/usr/bin/dotnet '/a b/it'\\''s.dll' study '$HOME'");

    public void Dispose() => _folder.Dispose();

    private StudyRunner NewRunner(Study study, FakeMeasurer measurer) => new(study, StudyPlan.Fix(study, 1), null, new Observer(_log), measurer);

    private Study ReadStudy()
    {
        _folder.Write("m.gguf", "");
        foreach (var name in (string[])["a.json", "b.json"])
            _folder.Write(name, """[{"instruction": "i", "output": "o"}, {"instruction": "j", "output": "p"}]""");
        return Study.Load(_folder.Write(
            "study.yaml",
            """
            models: [{ name: m, model: m.gguf }]
            settings: [none]
            datasets: [{ name: d, files: { none: { correct: a.json, irrelevant: b.json } } }]
            measure: { memory: 1GiB }
            """));
    }

    private sealed class FakeMeasurer(Func<MeasureRunOptions, int> measure) : ICellMeasurer
    {
        public List<MeasureRunOptions> Asked { get; } = [];

        public MeasureSummary Measure(MeasureRunOptions options, IMeasureObserver? observer, CancellationToken cancel)
        {
            Asked.Add(options);
            return new MeasureSummary(new RunPaths(options.Out), measure(options), [], double.NaN, 0, 0, TimeSpan.Zero, false);
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class Observer(List<string> log) : IStudyObserver
    {
        public IMeasureObserver? Begins(StudyUnit unit) => null;

        public void Completed(StudyUnit unit, MeasureSummary summary) => log.Add("completed " + unit.Cell.Id);

        public void Failed(StudyUnit unit, string error) => log.Add($"failed {unit.Cell.Id}: {error}");

        public void Note(string line) => log.Add(line);
    }
}
