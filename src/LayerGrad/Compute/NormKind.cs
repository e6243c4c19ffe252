namespace LayerGrad.Compute;

/// <summary>The normalizations of decoders.</summary>
internal enum NormKind
{
    /// <summary>Root-mean-square normalization (Zhang and Sennrich 2019, arXiv 1910.07467).</summary>
    Rms,

    /// <summary>Layer normalization with the mean taken away (Ba et al. 2016, arXiv 1607.06450).</summary>
    Layer,
}
