using LayerGrad.Torch.Loading;
using TorchSharp;

namespace LayerGrad.Torch.Tests;

/// <summary>libtorch is there and computes.</summary>
public sealed class LibTorchTests
{
    [Fact]
    public void It_multiplies()
    {
        LibTorch.Require();
        using var ones = torch.ones(2, 3, torch.float64);
        using var product = ones.mm(ones.t());
        product.data<double>().ToArray().ShouldBe([3, 3, 3, 3]);
    }
}
