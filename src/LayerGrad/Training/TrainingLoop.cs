using System.Buffers;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring;

namespace LayerGrad.Training;

/// <summary>The steps of a training with what is written on the way: losses, probes, checkpoints.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TrainingLoop<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TrainingOptions options;
    private readonly TrainingFiles files;
    private readonly TrainingInputs inputs;
    private readonly Trainer<T> trainer;
    private readonly ITrainingObserver? observer;
    private readonly ExampleOrder order;
    private readonly LearningRateSchedule schedule;
    private readonly AppendFile losses;
    private readonly List<TrainingProbe> probes = [];
    private int saved;

    /// <summary>Opens the files that grow.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="files">Where.</param>
    /// <param name="inputs">The examples.</param>
    /// <param name="trainer">The model.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="last">The step of the state that the training goes on from; -1 where it begins.</param>
    /// <param name="observer">Is told how it goes on.</param>
    public TrainingLoop(
        TrainingOptions options, TrainingFiles files, TrainingInputs inputs, Trainer<T> trainer, MemoryPlan plan, int last, ITrainingObserver? observer)
    {
        (this.options, this.files, this.inputs, this.trainer, this.observer) = (options, files, inputs, trainer, observer);
        saved = last;
        order = new ExampleOrder(inputs.Examples.Count, options.Batch, options.Seed);
        schedule = new LearningRateSchedule(options.Schedule, options.Warmup, options.Steps);
        losses = StepLines.Open(files.Losses, last);
        foreach (var data in options.Probes)
            probes.Add(CreateProbe(data, plan, last));
    }

    /// <summary>The tokens of the steps that were made.</summary>
    public long Tokens { get; private set; }

    /// <summary>The loss of the last step; NaN before the first.</summary>
    public double LastLoss { get; private set; } = double.NaN;

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="done">The steps that are done.</param>
    /// <param name="cancel">Ends after a step, with its state written.</param>
    public void Run(int done, CancellationToken cancel)
    {
        if (saved < 0)
            Probe(0, cancel);
        for (var step = done + 1; step <= options.Steps; step++)
        {
            if (cancel.IsCancellationRequested)
            {
                SaveState(step - 1);
                cancel.ThrowIfCancellationRequested();
            }

            Step(step);
            if (step % options.ProbeEvery == 0 || step == options.Steps)
                Probe(step, cancel);
            if (step % options.SaveEvery == 0 && step < options.Steps)
                Save(step);
        }

        Save(options.Steps);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        losses.Dispose();
        foreach (var probe in probes)
            probe.Dispose();
    }

    private void Step(int step)
    {
        var positions = order.Of(step);
        var examples = positions.Select(position => inputs.Examples[position]).ToList();
        var result = trainer.Step([.. examples.Select(example => (example.Ids, example.ResponseStart))], step, schedule.Factor(step));
        if (!result.IsFinite)
            throw Diverged(step, examples, result);
        var progress = new TrainingProgress(step, result.Loss, result.LearningRate, result.GradientNorm, examples.Sum(example => example.Ids.Length));
        losses.Append(Line(progress));
        Tokens += progress.Tokens;
        LastLoss = progress.Loss;
        observer?.Stepped(progress);
    }

    private InputException Diverged(int step, List<TrainingExample> examples, StepResult result)
    {
        var i = Array.FindIndex(result.Losses, loss => !double.IsFinite(loss));
        var what = i < 0 ? "the gradient is not finite" : $"the loss of example {examples[i].Index} of {examples[i].File} is not finite";
        var kept = saved > 0 ? $"the checkpoint of step {saved} is kept" : "there is no checkpoint yet";
        return new InputException($"{files.Folder}: at step {step} {what}; {kept}; give a lower --lr, or --clip 1.0");
    }

    private void Probe(int step, CancellationToken cancel)
    {
        foreach (var probe in probes)
        {
            var loss = probe.Measure(step, cancel);
            observer?.Probed(step, probe.Run, loss);
        }
    }

    private void Save(int step)
    {
        SaveState(step);
        CheckpointWriter.Write(files.Folder, inputs.Config, TrainingState.Weights(trainer), options.Store, inputs.TokenizerFolder);
        observer?.Saved(step);
    }

    private void SaveState(int step)
    {
        if (saved == step)
            return;
        losses.Flush();
        TrainingState.Write(files.State, inputs.Config, trainer, step);
        saved = step;
    }

    private TrainingProbe CreateProbe(string data, MemoryPlan plan, int last)
    {
        var measure = new MeasureOptions
        {
            Model = options.Out,
            Data = data,
            Out = files.Probe(data),
            Chat = options.Chat,
            Template = options.Template,
            Date = options.Date,
            MaxLength = options.MaxLength,
            Protocol = options.Protocol,
            Precision = options.Precision,
        };
        var examples = inputs.Probe(data);
        var metadata = new RunMetadata
        {
            Version = typeof(TrainingRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
            ModelPath = options.Out,
            ModelHash = Dataset.Hash(files.Record),
            Family = inputs.Specification.Family,
            Layers = inputs.Specification.Layers.Count,
            DataPath = data,
            DataHash = Dataset.Hash(data),
            First = 0,
            End = examples.Count,
            TokenizerHash = Dataset.Hash(Path.Combine(inputs.TokenizerFolder, "tokenizer.json")),
            Protocol = options.Protocol,
            Chat = options.Chat,
            Date = options.Chat ? options.Date : null,
            TemplateArguments = options.Template.Json,
            Tools = options.Template.ToolsJson,
            MaxLength = options.MaxLength,
            WeightSelection = measure.WeightSelection,
            Spectra = false,
            Tokens = false,
            Cosine = false,
            Precision = options.Precision,
            Device = "cpu",
        };
        return new TrainingProbe(data, measure.Out, examples, DecoderMeasurer<T>.Over(trainer.Device, trainer.Decoder, plan, measure), metadata, last);
    }

    private static byte[] Line(TrainingProgress progress)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("step", progress.Step);
            writer.WriteNumber("loss", progress.Loss);
            writer.WriteNumber("lr", progress.LearningRate);
            writer.WriteNumber("gradient_norm", progress.GradientNorm);
            writer.WriteNumber("tokens", progress.Tokens);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
