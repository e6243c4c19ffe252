using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>Memory whose elements stand in a tensor of one dimension.</summary>
internal interface ITensorMemory
{
    /// <summary>The elements.</summary>
    torch.Tensor Elements { get; }
}
