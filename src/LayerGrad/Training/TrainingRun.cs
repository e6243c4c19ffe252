using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Runs;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Training;

/// <summary>
/// Trains a model into a folder: the model as Hugging Face lays it out, its losses, its probes' runs, and the state from which
/// it goes on. A training that was killed goes on from its last state and ends with the weights of an undisturbed one, bit for bit.
/// </summary>
internal static class TrainingRun
{
    /// <summary>Trains what the options name.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancel">Ends the training after the step that is being made; its state is written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong, or the training diverges; the last checkpoint is kept.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled; it goes on with <see cref="TrainingOptions.Resume"/>.</exception>
    public static TrainingSummary Execute(TrainingOptions options, ITrainingObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        options = options with { Measurement = options.Measurement with { Date = options.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today) } };
        var files = new TrainingFiles(options.Out);
        Prepare(files);
        using var held = RunLock.Take(new RunPaths(Path.Combine(files.Folder, "training.jsonl")));
        using var inputs = TrainingInputs.Open(options);
        OutputPlaces.Check("--out", [files.Folder, .. files.Written(options.Probes)], inputs.Files);
        OutputPlaces.Check("--out", [files.Folder, .. CheckpointWriter.TokenizerFilesIn(files.Folder)], inputs.DataFiles);
        var record = TrainingRecord.Of(options, inputs);
        var recorded = TrainingRecord.Read(files.Record);
        if (recorded is not null && !options.Resume)
            throw new InputException($"{files.Folder}: holds a training already; give --resume to go on with it, or name another --out");
        if (recorded is not null)
        {
            TrainingRecord.KeepIdentities(record, recorded, inputs);
            TrainingRecord.RequireSame(files.Record, recorded, record);
        }

        return options.Measurement.Precision == Precision.Float64
            ? Execute<double>(options, files, inputs, record, recorded, observer, cancel)
            : Execute<float>(options, files, inputs, record, recorded, observer, cancel);
    }

    private static TrainingSummary Execute<T>(
        TrainingOptions options, TrainingFiles files, TrainingInputs inputs, JsonObject record, JsonObject? recorded, ITrainingObserver? observer, CancellationToken cancel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var clock = Stopwatch.StartNew();
        var trained = options.Lora is null ? TrainingSelection.Parse(inputs.Specification, options.Train) : LoraWeights<T>.Trained(inputs.Specification);
        var plan = Plan<T>(options, inputs, trained, TrainingRecord.TokenBudgetOf(recorded));
        using var device = DeviceFactory.Create<T>(options.Machine);
        using var state = recorded is not null && File.Exists(files.StateWeights) ? ModelLoader.Open(files.State) : null;
        using var trainer = new Trainer<T>(
            device, inputs.Specification, Source<T>(options, inputs, options.Lora is null ? state : null), trained, options.Optimizer, options.Clip, plan,
            options.Lora is null ? null : new LoraWeights<T>(device, inputs.Checkpoint!, inputs.Specification));
        var done = 0;
        if (state is not null)
        {
            trainer.Lora?.Read(state.Checkpoint);
            trainer.Lora?.Merge(trainer.Decoder.Weights);
            TrainingState.ReadOptimizer(state.Checkpoint, trainer);
            done = TrainingState.StepOf(state.Checkpoint);
        }

        TrainingRecord.Write(files.Record, record, plan.TokenBudget);
        observer?.Started(new TrainingPlan(
            inputs.Specification.Parameters.Sum(parameter => parameter.Count), trained.Sum(parameter => parameter.Count), inputs.Examples.Count,
            inputs.Examples.Sum(example => (long)example.Ids.Length), inputs.Skipped, done, options.Steps, device.Description)
        {
            WeightNotes = inputs.Model?.Notes ?? [],
            Data = string.Join("; ", inputs.Data.Select(static data => data.Description).Distinct()),
        });
        using var loop = new TrainingLoop<T>(options, files, inputs, trainer, plan, StateBytes<T>(trained), state is null ? -1 : done, observer);
        loop.Run(done, cancel);
        return new TrainingSummary(files.Folder, options.Steps, options.Steps - done, loop.Tokens, loop.LastLoss, clock.Elapsed);
    }

    private static IParameterSource<T> Source<T>(TrainingOptions options, TrainingInputs inputs, LoadedModel? state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if ((state ?? inputs.Model) is { } model)
            return model.Parameters<T>(inputs.Specification);
        var deviation = new Json.JsonValue(inputs.Config, options.Init!, "").OptionalDouble("initializer_range") ?? 0.02;
        return new RandomParameters<T>(inputs.Specification, deviation, options.Seed);
    }

    /// <summary>What a training holds beside the model and its gradients: two moments, and a copy on the way to the disk.</summary>
    private static long StateBytes<T>(IReadOnlyList<ParameterSpecification> trained) => 3 * trained.Sum(parameter => parameter.Count) * Unsafe.SizeOf<T>();

    /// <summary>Plans the memory beside the optimiser's state; the whole model is resident.</summary>
    private static MemoryPlan Plan<T>(TrainingOptions options, TrainingInputs inputs, IReadOnlyList<ParameterSpecification> trained, int? tokenBudget)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var beside = StateBytes<T>(trained);
        var budget = options.Machine.MemoryBudget - beside;
        var longest = Math.Max(2, inputs.Examples.Max(example => example.Ids.Length));
        var sizes = new MemorySizes<T>(
            inputs.Specification, longest, DeviceFactory.Sizes<T>(options.Machine), AdapterSink<T>.Planned(GradientAccumulators<T>.Planned(trained), inputs.Specification), residentEmbedding: true);
        var plan = budget > 0 ? MemoryPlan.Create(sizes, budget, tokenBudget, goesOn: true) : null;
        return plan?.ResidentLayers == inputs.Specification.Layers.Count && plan.ResidentHead
            ? plan
            : throw new InputException(
                $"--memory {ByteSize.Format(Math.Max(0, budget + beside))} is too small: training holds the whole model, its gradients and the optimiser's state; give more, or train a part with --train");
    }

    private static void Prepare(TrainingFiles files)
    {
        if (File.Exists(files.Folder))
            throw new InputException($"{files.Folder}: --out is a file; name a folder");
        OutputFile.MakeFolder(files.Folder);
    }
}
