using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.HuggingFace;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Runs;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;
using LayerGrad.Training.Optimizers;
using LayerGrad.Training.TensorBoard;
using LayerGrad.Training.Lora;

namespace LayerGrad.Training;

/// <summary>The steps of a training with what is written on the way: losses, probes, checkpoints.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TrainingLoop<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TrainingOptions _options;
    private readonly TrainingFiles _files;
    private readonly TrainingInputs _inputs;
    private readonly Trainer<T> _trainer;
    private readonly ITrainingObserver? _observer;
    private readonly ExampleOrder _order;
    private readonly LearningRateSchedule _schedule;
    private readonly AppendFile _losses;
    private readonly List<TrainingProbe> _probes = [];
    private readonly EventFile? _events;
    private int _saved;

    /// <summary>Opens the files that grow.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="files">Where.</param>
    /// <param name="inputs">The examples.</param>
    /// <param name="trainer">The model.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="stateBytes">What the optimiser's state takes of the memory beside that.</param>
    /// <param name="last">The step of the state that the training goes on from; -1 where it begins.</param>
    /// <param name="observer">Is told how it goes on.</param>
    public TrainingLoop(
        TrainingOptions options, TrainingFiles files, TrainingInputs inputs, Trainer<T> trainer, MemoryPlan plan, long stateBytes, int last, ITrainingObserver? observer)
    {
        (_options, _files, _inputs, _trainer, _observer) = (options, files, inputs, trainer, observer);
        _saved = last;
        _order = new ExampleOrder(inputs.Examples.Count, options.Batch, options.Seed);
        _schedule = new LearningRateSchedule(options.Schedule, options.Warmup, options.Steps);
        _losses = StepLines.Open(files.Losses, last);
        for (var i = 0; i < options.Probes.Count; i++)
            _probes.Add(CreateProbe(options.Probes[i], inputs.Probes[i], plan, stateBytes, last));
        _events = options.TensorBoard is { } folder ? new EventFile(folder, last < 0 ? null : last + 1) : null;
    }

    /// <summary>The tokens of the steps that were made.</summary>
    public long Tokens { get; private set; }

    /// <summary>The loss of the last step; NaN before the first.</summary>
    public double LastLoss { get; private set; } = double.NaN;

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="done">The steps that are done.</param>
    /// <param name="cancel">Ends after a step, or gives one up, with the state of the last whole one written.</param>
    public void Run(int done, CancellationToken cancel)
    {
        if (_saved < 0)
            Probe(0, cancel);
        for (var step = done + 1; step <= _options.Steps; step++)
        {
            if (cancel.IsCancellationRequested)
            {
                SaveState(step - 1);
                cancel.ThrowIfCancellationRequested();
            }

            try
            {
                Step(step, cancel);
            }
            catch (OperationCanceledException)
            {
                SaveState(step - 1);
                throw;
            }

            if (step % _options.ProbeEvery == 0 || step == _options.Steps)
                Probe(step, cancel);
            if (step % _options.SaveEvery == 0 && step < _options.Steps)
                Save(step);
        }

        Save(_options.Steps);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _losses.Dispose();
        _events?.Dispose();
        foreach (var probe in _probes)
            probe.Dispose();
    }

    private void Step(int step, CancellationToken cancel)
    {
        var positions = _order.Of(step);
        var examples = positions.Select(position => _inputs.Examples[position]).ToList();
        var result = _trainer.Step([.. examples.Select(example => example.Packed)], step, _schedule.Factor(step), cancel);
        _events?.Write(step, [("train/loss", result.Loss), ("train/learning_rate", result.LearningRate), ("train/gradient_norm", result.GradientNorm)]);
        if (!result.IsFinite)
            throw Diverged(step, examples, result);
        var progress = new TrainingProgress(step, result.Loss, result.LearningRate, result.GradientNorm, examples.Sum(example => example.Ids.Length));
        _losses.Append(Line(progress));
        Tokens += progress.Tokens;
        LastLoss = progress.Loss;
        _observer?.Stepped(progress);
    }

    private InputException Diverged(int step, List<TrainingExample> examples, StepResult result)
    {
        var i = Array.FindIndex(result.Losses, loss => !double.IsFinite(loss));
        var what = i < 0 ? "the gradient is not finite" : $"the loss of example {examples[i].Index} of {examples[i].File} is not finite";
        var kept = _saved > 0 ? $"the checkpoint of step {_saved} is kept" : "there is no checkpoint yet";
        return new InputException($"{_files.Folder}: at step {step} {what}; {kept}; give a lower --lr, or --clip 1.0");
    }

    private void Probe(int step, CancellationToken cancel)
    {
        foreach (var probe in _probes)
        {
            var result = probe.Measure(step, cancel);
            _events?.Write(step, result.Scalars(probe.Name, probe.Skipped));
            _observer?.Probed(step, probe.Run, result.Loss);
        }
    }

    private void Save(int step)
    {
        SaveState(step);
        if (_trainer.Lora is { } lora)
        {
            // What was computed in float64 is read back as it was.
            var precision = typeof(T) == typeof(double) ? StoredPrecision.Float64 : _options.Store;
            CheckpointWriter.WriteAdapter(_files.Folder, LoraConfiguration.Of(_options.Lora!, _options.Model!, _inputs.Specification), lora.Tensors(), precision);
            _observer?.Saved(step);
            return;
        }

        CheckpointWriter.Write(_files.Folder, _inputs.Config, SavedExperts.Of(_inputs.Config, TrainingState.Weights(_trainer)), _options.Store, _inputs.TokenizerFolder);
        _observer?.Saved(step);
    }

    private void SaveState(int step)
    {
        if (_saved == step)
            return;
        _losses.Flush();
        TrainingState.Write(_files.State, _inputs.Config, _trainer, step);
        _saved = step;
    }

    private TrainingProbe CreateProbe(string data, (LoadedDataset Data, IReadOnlyList<EncodedExample> Examples) probe, MemoryPlan plan, long stateBytes, int last)
    {
        var measure = new MeasureRunOptions
        {
            Model = _options.Out,
            Data = data,
            Out = _files.Probe(data),
            Measurement = _options.Measurement,
            Device = _options.Device,
            Memory = _options.Memory is { } memory ? Math.Max(1, memory - stateBytes) : null,
            Threads = _options.Threads,
        };
        var (dataset, examples) = probe;
        var metadata = new RunMetadata
        {
            Version = RunMetadata.CurrentVersion,
            ModelPath = _options.Lora is null ? _options.Out : _options.Model!,
            ModelHash = _options.Lora is null ? FileIdentity.Of(_files.Record) : _inputs.Checkpoint!.Hash(),
            AdapterPath = _options.Lora is null ? null : _options.Out,
            AdapterHash = _options.Lora is null ? null : FileIdentity.Of(_files.Record),
            Family = _inputs.Specification.Family,
            Layers = _inputs.Specification.Layers.Count,
            DataPath = data,
            DataHash = dataset.Identity,
            DataForm = dataset.Description,
            DataCommit = dataset.Source.Commit,
            First = 0,
            End = examples.Count,
            TokenizerHash = FileIdentity.Of(Path.Combine(_inputs.TokenizerFolder, "tokenizer.json")),
            Measurement = _options.Measurement.Chat ? _options.Measurement : _options.Measurement with { Date = null },
            Device = DeviceFactory.KindOf(_options.Machine),
        };
        return new TrainingProbe(data, measure.Out, examples, DecoderMeasurer<T>.Over(_trainer.Device, _trainer.Decoder, plan, measure), metadata, last);
    }

    private static byte[] Line(TrainingProgress progress) => JsonLine.Of(writer =>
    {
        writer.WriteNumber(RunKeys.Step, progress.Step);
        writer.WriteNumber(RunKeys.Loss, progress.Loss);
        writer.WriteNumber("lr", progress.LearningRate);
        writer.WriteNumber("gradient_norm", progress.GradientNorm);
        writer.WriteNumber(RunKeys.Tokens, progress.Tokens);
    });
}
