namespace LayerGrad.Torch.Gradients;

/// <summary>What a device sends to the host of a gradient's singular values.</summary>
internal enum SummaryProblem
{
    /// <summary>The inner products of Δ's rows, packed, beside those of X's.</summary>
    InnerProducts,

    /// <summary>A symmetric matrix, packed, whose eigenvalues are their squares.</summary>
    Symmetric,

    /// <summary>The values themselves.</summary>
    Values,
}
