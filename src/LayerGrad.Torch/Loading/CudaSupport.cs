using TorchSharp;

namespace LayerGrad.Torch.Loading;

/// <summary>Whether libtorch can compute on NVIDIA's GPUs here: what <c>--device cuda</c> refuses with and <c>doctor</c> tells.</summary>
internal static class CudaSupport
{
    /// <summary>Why no GPU works; null where one does. Loads libtorch where there is a GPU.</summary>
    public static string? WhyNot()
    {
        if (CudaDriver.Instance is not { } driver)
            return CudaDriver.MayHaveGpu() ? "NVIDIA's driver is here and drives no GPU; see what nvidia-smi says" : "there is no NVIDIA GPU here, or its driver is not installed";
        var libtorch = LibTorch.Loaded;
        if (!libtorch.HasCuda)
            return $"{libtorch.Told} is without CUDA ({Sentence.List(libtorch.MissingCuda)} {(libtorch.MissingCuda.Count == 1 ? "is" : "are")} missing); install a build of torch 2.11 with it";
        return torch.TryInitializeDeviceType(DeviceType.CUDA)
            ? null
            : $"{libtorch.Told} finds no GPU that it can use; the driver runs CUDA up to {driver.CudaVersion}: update it, or install a build of torch for that";
    }
}
