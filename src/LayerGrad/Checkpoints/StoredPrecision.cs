namespace LayerGrad.Checkpoints;

/// <summary>The element type in which a checkpoint is written.</summary>
internal enum StoredPrecision
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>bfloat16, rounded to nearest, ties to even.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,
}
