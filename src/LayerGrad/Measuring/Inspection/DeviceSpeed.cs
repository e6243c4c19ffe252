using System.Diagnostics;
using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Measuring.Inspection;

/// <summary>How fast a device is at this moment, whatever else the machine does.</summary>
internal static class DeviceSpeed
{
    /// <summary>Operations a second: the best of a few matrix products, which take some hundredths of a second.</summary>
    public static double OperationsPerSecond<T>(Device<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Size = 768;
        const int Times = 4;
        using var memory = device.Allocate(3L * Size * Size);
        var (a, b, c) = (memory.AsMatrix(Size, Size), memory.AsMatrix(Size, Size, Size * Size), memory.AsMatrix(Size, Size, 2 * Size * Size));
        device.Clear(a);
        device.Clear(b);
        var best = double.PositiveInfinity;
        for (var i = 0; i < Times; i++)
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            device.Multiply(a, false, b, true, c);
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best;
    }
}
