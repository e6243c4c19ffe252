using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Training;

/// <summary>What to train, on what, and how: the options of <c>layergrad train</c>.</summary>
internal sealed record TrainingOptions
{
    /// <summary>The Hugging Face folder, or name on the hub, to start from; null where <see cref="Init"/> says it.</summary>
    public string? Model { get; init; }

    /// <summary>Where the files of a model on the hub lie; null where <see cref="Model"/> says it.</summary>
    public string? ModelFiles { get; init; }

    /// <summary>A LoRA adapter that is merged into the model before it is trained: its folder, or its name on the hub; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>Where the files of an adapter on the hub lie; null where <see cref="Adapter"/> says it.</summary>
    public string? AdapterFiles { get; init; }

    /// <summary>A LoRA adapter that is trained in the place of the model's own weights; null to train these.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>A <c>config.json</c> of a model that starts from random weights; null where <see cref="Model"/> is given.</summary>
    public string? Init { get; init; }

    /// <summary>A folder with the tokenizer; null for the model's own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The datasets, trained on together.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Where the datasets lie, in their order; null to find them by their names.</summary>
    public IReadOnlyList<DatasetSource>? Sources { get; init; }

    /// <summary>Which fields of the records hold what, in datasets and probes.</summary>
    public DatasetFields Fields { get; init; } = DatasetFields.None;

    /// <summary>The folder of the trained model.</summary>
    public required string Out { get; init; }

    /// <summary>How many steps.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Examples of a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>The optimiser.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary><c>constant</c> or <c>cosine</c>.</summary>
    public string Schedule { get; init; } = "constant";

    /// <summary>Steps over which the learning rate rises.</summary>
    public int Warmup { get; init; }

    /// <summary>The longest gradient that is not shortened; null to shorten none.</summary>
    public double? Clip { get; init; }

    /// <summary><c>all</c>, <c>attention</c> or <c>layers A-B</c>.</summary>
    public string Train { get; init; } = "all";

    /// <summary><c>response</c>: the loss of the response, as <c>measure</c> takes it; <c>all</c>: of every token after the first.</summary>
    public string Loss { get; init; } = "response";

    /// <summary>Whether each example ends with the tokenizer's end-of-text token, so that the model learns where to stop.</summary>
    public bool AppendEos { get; init; }

    /// <summary>
    /// How the text of examples and probes becomes tokens, in which numbers the training computes (any but
    /// <see cref="Precision.BFloat16"/>, of those that the device has), and what is measured of the probes.
    /// </summary>
    public MeasurementSpecification Measurement { get; init; } = new();

    /// <summary>Datasets that are measured on the way.</summary>
    public IReadOnlyList<string> Probes { get; init; } = [];

    /// <summary>Where the probes lie, in their order; null to find them by their names.</summary>
    public IReadOnlyList<DatasetSource>? ProbeSources { get; init; }

    /// <summary>Steps from one measurement of the probes to the next.</summary>
    public int ProbeEvery { get; init; } = 50;

    /// <summary>Steps from one checkpoint to the next; the last step always has one.</summary>
    public int SaveEvery { get; init; } = 100;

    /// <summary>The seed of the order of examples and of random weights.</summary>
    public int Seed { get; init; }

    /// <summary>Whether a training that was begun in <see cref="Out"/> goes on.</summary>
    public bool Resume { get; init; }

    /// <summary>In which numbers the trained model is stored. What a training goes on from is always stored in full.</summary>
    public StoredPrecision Store { get; init; } = StoredPrecision.Float32;

    /// <summary>A folder for event files, which TensorBoard shows; null for none.</summary>
    public string? TensorBoard { get; init; }

    /// <summary>On what to compute, as in <see cref="Measuring.MeasureRunOptions.Device"/>.</summary>
    public string Device { get; init; } = DeviceFactory.Automatic;

    /// <summary>Bytes that the training may use; of the device's own memory where it has one; null for most of what is free.</summary>
    public long? Memory { get; init; }

    /// <summary>Processor threads; null for as many as there are.</summary>
    public int? Threads { get; init; }

    /// <summary>On what to compute, and how much of the machine that may take.</summary>
    internal DeviceOptions Machine => new(Device, Threads, Memory, Measurement.Precision);

    /// <summary>Where a dataset on standard input is kept.</summary>
    public InputSpool Spool => new(Path.Combine(Out, "data.stdin"), new TrainingFiles(Out).Record);

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        if (Data.Concat(Probes).Count(static name => name == StandardInput.Name) > 1)
            throw new InputException("--data -: standard input can be read only once");
        if (Model is null == Init is null)
            throw new InputException("train: give either --model DIR to go on from a model, or --init CONFIG.json for random weights");
        if (Init is not null && Tokenizer is null)
            throw new InputException("--init: a new model needs a tokenizer; name its folder with --tokenizer ('layergrad data tokenizer' trains one)");
        if (Adapter is not null && Model is null)
            throw new InputException("--adapter: an adapter belongs to a model; give it with --model");
        if (Lora is not null && Model is null)
            throw new InputException("--lora: an adapter is trained on a model; give it with --model");
        if (Lora is not null && Adapter is not null)
            throw new InputException("--lora: the trained adapter would be one of the merged model, which is stored nowhere; leave out --adapter, or train the merged model without --lora and give the result");
        if (Lora is not null && Train != "all")
            throw new InputException($"--train {Train}: --lora trains the A and B of its targets alone; leave out --train");
        Optimizer.Validate();
        AtLeast(Steps, 1, "--steps");
        AtLeast(Batch, 1, "--batch");
        AtLeast(Warmup, 0, "--warmup");
        AtLeast(ProbeEvery, 1, "--every");
        AtLeast(SaveEvery, 1, "--save-every");
        AtLeast(Measurement.MaxLength, 2, "--max-length");
        AtLeast(Seed, 0, "--seed");
        if (Warmup > Steps)
            throw new InputException($"--warmup {Warmup}: is more than --steps {Steps}");
        if (Clip is { } clip && !(clip > 0 && double.IsFinite(clip)))
            throw new InputException(FormattableString.Invariant($"--clip {clip}: give a number above 0"));
        OneOf(Schedule, "--schedule", "constant", "cosine");
        OneOf(Loss, "--loss", "response", "all");
        if (Measurement.Precision == Precision.BFloat16)
            throw new InputException("--precision bf16: training computes in fp32, fp64, or tf32 where the device has it, for small steps vanish in bf16");
        DeviceFactory.Validate(Machine);
        if (Threads is { } threads && (threads < 1 || threads > Environment.ProcessorCount))
            throw new InputException($"--threads {threads}: this machine has {Environment.ProcessorCount}; ask for 1 to {Environment.ProcessorCount}");
        if (Probes.Select(TrainingFiles.ProbeName).Distinct(StringComparer.OrdinalIgnoreCase).Count() < Probes.Count)
            throw new InputException("--probe: two files have the same name, so their runs would too; rename one");
    }

    private static void AtLeast(int value, int least, string option)
    {
        if (value < least)
            throw new InputException($"{option} {value}: must be at least {least}");
    }

    private static void OneOf(string value, string option, string first, string second)
    {
        if (value != first && value != second)
            throw new InputException($"{option} {value}: there are {first} and {second}");
    }
}
