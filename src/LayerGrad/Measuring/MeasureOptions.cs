using LayerGrad.Compute;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>What to measure, on what, and where to write it: the options of <c>layergrad measure</c>.</summary>
public sealed record MeasureOptions
{
    /// <summary>A Hugging Face folder, a GGUF file, or a name on the hub.</summary>
    public required string Model { get; init; }

    /// <summary>Where the files of a model on the hub lie; null where <see cref="Model"/> says it.</summary>
    public string? ModelFiles { get; init; }

    /// <summary>The dataset: a JSON array or JSON Lines.</summary>
    public required string Data { get; init; }

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

    /// <summary>Bytes that the run may use, of the device's own memory where it has one; null for most of what is free.</summary>
    public long? Memory { get; init; }

    /// <summary>Bytes of the host's memory that a device with memory of its own may use beside it; null for 70 % of what is free.</summary>
    public long? HostMemory { get; init; }

    /// <summary>Processor threads; null for as many as there are.</summary>
    public int? Threads { get; init; }

    /// <summary>On what to compute, and how much of the machine that may take.</summary>
    internal DeviceOptions Machine => new(Device, Threads, Memory, Measurement.Precision) { HostMemory = HostMemory };

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        Measurement.Validate();
        if (Limit < 1)
            throw new InputException($"--limit {Limit}: at least 1 example is needed.");
        if (Threads is { } threads && (threads < 1 || threads > Environment.ProcessorCount))
            throw new InputException($"--threads {threads}: this machine has {Environment.ProcessorCount}; ask for 1 to {Environment.ProcessorCount}.");
        DeviceFactory.Validate(Machine);
    }

    /// <summary>The positions that <see cref="Range"/> and <see cref="Limit"/> select, half-open.</summary>
    /// <param name="count">Examples in the dataset.</param>
    /// <exception cref="InputException">The range reaches beyond the dataset.</exception>
    internal (int First, int End) Select(int count)
    {
        var first = Range?.Start ?? 0;
        var end = Range?.End ?? count;
        if (first >= count || end > count)
            throw new InputException($"--range {Range}: {Data} has the examples 0 to {count - 1}, so the range must lie within 0:{count}.");
        return (first, Limit is { } limit ? (int)Math.Min(end, (long)first + limit) : end);
    }
}
