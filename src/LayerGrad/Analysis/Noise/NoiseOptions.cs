namespace LayerGrad.Analysis.Noise;

/// <summary>Of which kernel the gradient noise scale is wanted.</summary>
internal sealed record NoiseOptions
{
    /// <summary>The file that <c>layergrad kernel</c> wrote, with its <c>.json</c> beside it, or a run's <c>RUN.noise.json</c>.</summary>
    public required string Kernel { get; init; }

    /// <summary>Resamples behind each interval.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the resampling.</summary>
    public int Seed { get; init; }
}
