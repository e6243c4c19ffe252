using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Torch.Devices;
using TorchSharp;

namespace LayerGrad.Torch.Tests.Support;

/// <summary>Devices for tests: libtorch's processor kernels.</summary>
internal static class TestDevices
{
    public static TorchDevice<T> Create<T>(Precision? precision = null, long? rowsTogether = null, int? largestForHost = null, int threads = 2)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(torch.CPU, precision ?? (typeof(T) == typeof(double) ? Precision.Float64 : Precision.Float32), threads) { RowsTogether = rowsTogether, LargestForHost = largestForHost };
}
