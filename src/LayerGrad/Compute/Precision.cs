namespace LayerGrad;

/// <summary>In which numbers a run computes.</summary>
public enum Precision
{
    /// <summary>IEEE 754 binary32 throughout; sums over a gradient in binary64.</summary>
    Float32,

    /// <summary>IEEE 754 binary64 throughout.</summary>
    Float64,

    /// <summary>Products of matrices rounded to TF32 (10 bits of mantissa), for GPUs.</summary>
    TensorFloat32,

    /// <summary>bfloat16 products, for GPUs.</summary>
    BFloat16,
}
