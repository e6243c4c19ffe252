namespace LayerGrad.Checkpoints;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">Its name in Hugging Face's form, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="DType">How its elements are stored: <c>F32</c>, <c>F16</c>, <c>BF16</c>, <c>F64</c>, a GGUF block type such as <c>Q4_1</c>, or a quantised format such as <c>GPTQ4</c>.</param>
/// <param name="Shape">Its dimensions, the slowest first; empty for a scalar.</param>
/// <param name="Bytes">What it takes in the file, in bytes.</param>
internal sealed record TensorInfo(string Name, string DType, long[] Shape, long Bytes)
{
    /// <summary>Whether it is decoded from codes and scales that are stored apart.</summary>
    internal bool IsQuantized { get; init; }

    /// <summary>How many elements it has: the product of its dimensions.</summary>
    public long Elements => Shape.Aggregate(1L, static (product, dimension) => product * dimension);
}
