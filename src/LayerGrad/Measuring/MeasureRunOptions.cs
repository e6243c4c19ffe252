using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>What to measure, on what, and where to write it: the options of <c>layergrad measure</c>.</summary>
internal sealed record MeasureRunOptions
{
    /// <summary>A Hugging Face folder, a GGUF file, or a name on the hub.</summary>
    public required string Model { get; init; }

    /// <summary>Where the files of a model on the hub lie; null where <see cref="Model"/> says it.</summary>
    public string? ModelFiles { get; init; }

    /// <summary>A LoRA adapter that is merged into the model: its folder, or its name on the hub; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>Where the files of an adapter on the hub lie; null where <see cref="Adapter"/> says it.</summary>
    public string? AdapterFiles { get; init; }

    /// <summary>The dataset: a file, a folder of shards, a name on the hub, or <c>-</c>.</summary>
    public required string Data { get; init; }

    /// <summary>Where the dataset lies; null to find it by its name.</summary>
    public DatasetSource? Source { get; init; }

    /// <summary>Which fields of its records hold what.</summary>
    public DatasetFields Fields { get; init; } = DatasetFields.None;

    /// <summary><c>RUN.jsonl</c>, written beside its metadata.</summary>
    public required string Out { get; init; }

    /// <summary>What is measured of an example.</summary>
    public MeasurementSpecification Measurement { get; init; } = new();

    /// <summary>At most this many examples of the range; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>A part of the dataset; null for all of it.</summary>
    public ExampleRange? Range { get; init; }

    /// <summary>A part of the run's packing windows; null for all of them.</summary>
    public Shard? Shard { get; init; }

    /// <summary>A folder with another tokenizer than the model's.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>On what to compute: <c>auto</c>, <c>cpu</c>, or a device of a registered provider (<c>torch</c>, <c>cuda:0</c>).</summary>
    public string Device { get; init; } = DeviceFactory.Automatic;

    /// <summary>Devices of one kind that share the run's windows, where there are several; <see cref="Device"/> is then the first. Null for one.</summary>
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Bytes that the run may use, of the device's own memory where it has one; null for most of what is free.</summary>
    public long? Memory { get; init; }

    /// <summary>Bytes of the host's memory that a device with memory of its own may use beside it; null for 70 % of what is free.</summary>
    public long? HostMemory { get; init; }

    /// <summary>Processor threads; null for as many as there are.</summary>
    public int? Threads { get; init; }

    /// <summary>The names of the weights whose factors are kept with what is measured, for a program that asks for them; null for none.</summary>
    public IReadOnlySet<string>? FactorsOf { get; init; }

    /// <summary>Whether a run with <c>--noise</c> that stopped half-way is measured again from its beginning, where it is refused otherwise.</summary>
    internal bool BeginsNoiseAgain { get; init; }

    /// <summary>Whether the engine is made for a single packing window, after which it looks at no weight again.</summary>
    internal bool OneWindow { get; init; }

    /// <summary>On what to compute, and how much of the machine that may take.</summary>
    internal DeviceOptions Machine => new(Device, Threads, Memory, Measurement.Precision) { HostMemory = HostMemory };

    /// <summary>Where a dataset on standard input is kept.</summary>
    public InputSpool Spool => new(Path.ChangeExtension(Out, ".stdin"), new RunPaths(Out).Metadata);

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        Measurement.Validate();
        if (Limit < 1)
            throw new InputException($"--limit {Limit}: at least 1 example is needed.");
        if (Threads is { } threads && (threads < 1 || threads > Environment.ProcessorCount))
            throw new InputException($"--threads {threads}: this machine has {Environment.ProcessorCount}; ask for 1 to {Environment.ProcessorCount}.");
        if (Measurement.Noise && Shard is not null)
            throw new InputException("--noise: a shard has no products with the examples of the others; measure the run in one piece, or leave out --noise.");
        if (Measurement.Noise && Devices is [_, _, ..])
            throw new InputException("--noise: the gradients of all examples are compared on one device; name one with --device, or leave out --noise.");
        DeviceFactory.Validate(Machine);
        if (Devices is not null)
            RequireAlike(Devices);
    }

    /// <summary>The options of each device's engine. Devices that compute in the host's memory share it, and the processor's threads.</summary>
    internal IEnumerable<MeasureRunOptions> Shares()
    {
        if (Devices is not [_, _, ..])
            return [this];
        var threads = Math.Max(1, Machine.ThreadCount / Devices.Count);
        var memory = DeviceFactory.Resolve(Device).FreeMemory is null ? Machine.MemoryBudget / Devices.Count : Memory;
        return Devices.Select(device => this with { Device = device, Devices = null, Threads = threads, Memory = memory, HostMemory = HostMemory / Devices.Count });
    }

    /// <summary>Checks the devices that share a run: their numbers go into one file.</summary>
    private void RequireAlike(IReadOnlyList<string> devices)
    {
        var resolved = devices.Select(DeviceFactory.Resolve).ToList();
        if (devices.Count == 0 || devices[0] != Device)
            throw new InputException("--devices: name at least one device; a run is on --device or on --devices, not on both.");
        if (resolved.GroupBy(device => device.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException($"--devices {string.Join(',', devices)}: {twice.Key} is named twice.");
        if (resolved.Find(device => device.Kind != resolved[0].Kind || device.Hardware != resolved[0].Hardware) is { } other)
            throw new InputException($"--devices {string.Join(',', devices)}: {other.Told} and {resolved[0].Told} differ in the last bits, and one run's numbers come from one kind of device; name alike ones.");
        resolved.ForEach(device => device.Require(Measurement.Precision));
    }

    /// <summary>The position to which a dataset has to be read; null for its end.</summary>
    internal int? End => ((long)(Range?.Start ?? 0) + Limit, Range?.End) switch
    {
        ({ } limit, { } end) => (int)Math.Min(limit, end),
        ({ } limit, null) => (int)Math.Min(limit, int.MaxValue),
        (null, var end) => end,
    };

    /// <summary>The positions that <see cref="Range"/> and <see cref="Limit"/> select, half-open.</summary>
    /// <param name="count">Examples in the dataset, or in what was read of it up to <see cref="End"/>.</param>
    /// <exception cref="InputException">The range reaches beyond the dataset.</exception>
    internal (int First, int End) Select(int count)
    {
        var first = Range?.Start ?? 0;
        if (first >= count || (count < End && Range?.End > count))
            throw new InputException($"--range {Range}: {Data} has the examples 0 to {count - 1}, so the range must lie within 0:{count}.");
        return (first, Math.Min(count, End ?? count));
    }
}
