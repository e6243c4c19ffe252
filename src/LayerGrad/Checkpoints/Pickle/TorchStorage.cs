namespace LayerGrad.Checkpoints.Pickle;

/// <summary>A reference to a storage: one-dimensional memory that tensors are views of.</summary>
/// <param name="DType">Its element type under safetensors' name (<c>F32</c>, <c>BF16</c>, …); <c>U8</c> for an untyped one.</param>
/// <param name="Key">What it is called in the file.</param>
/// <param name="Elements">How many elements it has.</param>
internal sealed record TorchStorage(string DType, string Key, long Elements);
