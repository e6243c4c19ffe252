using LayerGrad.Measuring;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Training;

/// <summary>Whole trainings with their files.</summary>
public sealed class TrainingRunTests
{
    [Fact]
    public void A_training_that_was_interrupted_ends_with_the_bits_of_an_undisturbed_one()
    {
        using var tiny = new TinyModel();
        TrainingRun.Execute(tiny.Options("whole"));
        foreach (var stop in new[] { 3, 7 })
            Should.Throw<OperationCanceledException>(() => Interrupted(tiny.Options("parts") with { Resume = true }, stop));

        TrainingRun.Execute(tiny.Options("parts") with { Resume = true }).StepsNow.ShouldBe(3);

        foreach (var file in new[] { "model.safetensors", "losses.jsonl", "state/model.safetensors", "probes/heldout_none.jsonl" })
            ShouldBeSame(Path.Combine(tiny.At("parts"), file), Path.Combine(tiny.At("whole"), file));
    }

    [Fact]
    public void A_training_that_was_killed_forgets_what_came_after_its_last_checkpoint()
    {
        using var tiny = new TinyModel(tied: false);
        TrainingRun.Execute(tiny.Options("whole"));
        var killed = tiny.Options("killed");

        // An observer's failure ends the process's work as a kill does: between checkpoints, without a word.
        Should.Throw<InvalidOperationException>(() => TrainingRun.Execute(killed, new Observer(step => step == 6 ? throw new InvalidOperationException("killed") : false)));
        File.ReadLines(Path.Combine(killed.Out, "losses.jsonl")).Count().ShouldBe(6);
        TrainingRun.Execute(killed with { Resume = true }).StepsNow.ShouldBe(6);

        foreach (var file in new[] { "model.safetensors", "losses.jsonl", "probes/heldout_none.jsonl" })
            ShouldBeSame(Path.Combine(killed.Out, file), Path.Combine(tiny.At("whole"), file));
    }

    [Fact]
    public void Training_lowers_the_loss_and_only_of_what_is_trained_the_weights_change()
    {
        using var tiny = new TinyModel();
        var options = tiny.Options("all") with { Steps = 60, Probes = [], SaveEvery = 100 };
        TrainingRun.Execute(options).Loss.ShouldBeLessThan(4.5); // ln 300 = 5.7 before the first step

        TrainingRun.Execute(options with { Init = null, Tokenizer = null, Model = tiny.At("all"), Out = tiny.At("layer"), Train = "layers 1", Steps = 2 });
        using var before = LayerGrad.Checkpoints.Checkpoint.Open(tiny.At("all"));
        using var after = LayerGrad.Checkpoints.Checkpoint.Open(tiny.At("layer"));
        foreach (var (name, tensor) in before.Tensors)
        {
            var (then, now) = (new float[tensor.Shape.Aggregate((a, b) => a * b)], new float[tensor.Shape.Aggregate((a, b) => a * b)]);
            before.Read(name, 0, then);
            after.Read(name, 0, now);
            now.SequenceEqual(then).ShouldBe(!name.Contains(".layers.1.", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void A_probe_says_what_measure_says()
    {
        using var tiny = new TinyModel();
        var options = tiny.Options("model") with { Steps = 5 };
        TrainingRun.Execute(options);

        var run = tiny.At("measured.jsonl");
        MeasureRun.Execute(new MeasureRunOptions { Model = tiny.At("model"), Data = options.Probes[0], Out = run, Threads = 1, Memory = 2L << 30 });

        var probe = File.ReadAllLines(Path.Combine(options.Out, "probes", "heldout_none.jsonl"));
        probe.Length.ShouldBe(8);
        probe[4..].Select(line => line.Replace("\"step\":5,", "", StringComparison.Ordinal)).ShouldBe(File.ReadAllLines(run));
    }

    [Fact]
    public void A_training_that_diverges_stops_and_keeps_its_checkpoint()
    {
        using var tiny = new TinyModel();
        var options = tiny.Options("model") with
        {
            Optimizer = new OptimizerOptions { Name = "sgd", LearningRate = 1e30 },
            Clip = null,
            Warmup = 0,
            Schedule = "constant",
            Probes = [],
            SaveEvery = 1,
        };
        var error = Should.Throw<InputException>(() => TrainingRun.Execute(options));
        error.Message.ShouldMatch("at step [0-9]+ .* is not finite; the checkpoint of step [0-9]+ is kept; give a lower --lr");
        using var kept = LayerGrad.Checkpoints.Checkpoint.Open(options.Out);
        kept.Tensors.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_training_goes_on_only_under_its_own_options()
    {
        using var tiny = new TinyModel();
        var options = tiny.Options("model") with { Steps = 1, Warmup = 1, Probes = [] };
        TrainingRun.Execute(options);
        Should.Throw<InputException>(() => TrainingRun.Execute(options)).Message.ShouldContain("--resume");
        Should.Throw<InputException>(() => TrainingRun.Execute(options with { Resume = true, Batch = 2 })).Message.ShouldContain("--batch was 4 and is now 2");
        TrainingRun.Execute(options with { Resume = true }).StepsNow.ShouldBe(0);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_former()
    {
        using var tiny = new TinyModel();
        var options = tiny.Options("model") with { Probes = [] };
        var state = Path.Combine(options.Out, "state", "model.safetensors");
        byte[] former = [];
        var error = Should.Throw<InputException>(() => TrainingRun.Execute(options, new Observer(step =>
        {
            if (step == 6)
            {
                former = File.ReadAllBytes(Path.Combine(options.Out, "model.safetensors"));
                File.Move(state, state + ".aside");
                Directory.CreateDirectory(state);
            }

            return false;
        })));
        error.Message.ShouldContain("the checkpoint cannot be written");
        Directory.GetFiles(Path.GetDirectoryName(state)!, "*.tmp").ShouldBeEmpty();
        Directory.Delete(state);
        File.Move(state + ".aside", state);
        File.ReadAllBytes(Path.Combine(options.Out, "model.safetensors")).ShouldBe(former);
        TrainingRun.Execute(options with { Resume = true }).StepsNow.ShouldBe(6);
    }

    [Fact]
    public void A_probe_beyond_the_context_is_refused_at_once()
    {
        using var tiny = new TinyModel();
        var path = tiny.At("long.json");
        File.WriteAllText(path, $$"""[{"instruction": "{{string.Concat(Enumerable.Repeat("1 2 ", 200))}}", "input": "", "output": "3"}]""");
        Should.Throw<InputException>(() => TrainingRun.Execute(tiny.Options("model") with { Probes = [path] })).Message.ShouldContain("the model's context holds 256");
    }

    [Fact]
    public void A_trained_model_continues_a_prompt()
    {
        using var tiny = new TinyModel();
        TrainingRun.Execute(tiny.Options("model") with { Steps = 3, Probes = [] });
        using var generator = GreedyGenerator.Load(tiny.At("model"), threads: 1);
        var together = generator.Continue(["Is Clara a zorp?\n", "What is 3 + 4?\n"], 5);
        together.ShouldBe([generator.Continue(["Is Clara a zorp?\n"], 5)[0], generator.Continue(["What is 3 + 4?\n"], 5)[0]]);
    }

    private static void ShouldBeSame(string path, string expected)
    {
        new FileInfo(path).Length.ShouldBeGreaterThan(0);
        File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(expected)).ShouldBeTrue(path);
    }

    private static void Interrupted(TrainingOptions options, int step)
    {
        using var source = new CancellationTokenSource();
        TrainingRun.Execute(options, new Observer(done =>
        {
            if (done == step)
                source.Cancel();
            return false;
        }), source.Token);
    }

    private sealed class Observer(Func<int, bool> stepped) : ITrainingObserver
    {
        public void Started(TrainingPlan plan)
        {
        }

        public void Stepped(TrainingProgress progress) => stepped(progress.Step);

        public void Probed(int step, string run, double loss)
        {
        }

        public void Saved(int step)
        {
        }
    }
}
