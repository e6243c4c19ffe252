namespace LayerGrad.Analysis.Agreement;

/// <summary>Of which sets of which kernel the agreement is wanted.</summary>
internal sealed record AgreementOptions
{
    /// <summary>The file that <c>layergrad kernel</c> wrote, with its <c>.json</c> beside it.</summary>
    public required string Kernel { get; init; }

    /// <summary>
    /// The sets: names of those of the kernel, in the order in which they are shown; or, of a kernel of one dataset, <c>NAME=A:B</c> with the positions of the
    /// examples. Empty for the sets of the kernel.
    /// </summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Resamples behind each interval.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the resampling.</summary>
    public int Seed { get; init; }
}
