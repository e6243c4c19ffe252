namespace LayerGrad.Fuzz.Workers;

/// <summary>What reading an input may take.</summary>
/// <param name="Time">Of the processor.</param>
/// <param name="Memory">In bytes, beside the input's own size.</param>
internal sealed record Limits(TimeSpan Time, long Memory)
{
    /// <summary>What LayerGrad promises: 10 s and 1 GiB.</summary>
    public static Limits Promised { get; } = new(TimeSpan.FromSeconds(10), 1L << 30);
}
