using LayerGrad.Torch.Loading;
using LayerGrad.Torch.Tests.Support;
using TorchSharp;

namespace LayerGrad.Torch.Tests;

/// <summary>libtorch is there and computes.</summary>
public sealed class LibTorchTests
{
    [TorchFact]
    public void It_multiplies()
    {
        LibTorch.Require();
        using var ones = torch.ones(2, 3, torch.float64);
        using var product = ones.mm(ones.t());
        product.data<double>().ToArray().ShouldBe([3, 3, 3, 3]);
    }

    [TorchFact]
    public void What_is_loaded_has_a_version_that_fits_and_passes_the_test_of_its_device()
    {
        LibTorchVersion.Fits(LibTorch.Loaded.Version.ShouldNotBeNull()).ShouldBeTrue();
        LibTorch.Test(torch.CPU).ShouldBeNull();
    }
}
