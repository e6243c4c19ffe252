using System.Diagnostics;
using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Measuring.Inspection;

/// <summary>How fast a device multiplies at this moment, whatever else the machine does: operations a second of a few products, one after another.</summary>
/// <param name="Slowest">Of the slowest of them.</param>
/// <param name="Usual">Of the one in the middle.</param>
/// <param name="Fastest">Of the fastest.</param>
internal readonly record struct DeviceSpeed(double Slowest, double Usual, double Fastest)
{
    private const int Times = 5;
    private const int Size = 768;

    /// <summary>The size where a product of <see cref="Size"/> is done before a clock can tell its time: on a GPU.</summary>
    private const int LargeSize = 2048;

    private const double TooShort = 1e-3;

    /// <summary>Times a few products, which takes about a tenth of a second.</summary>
    /// <param name="device">What multiplies.</param>
    public static DeviceSpeed Of<T>(Device<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var times = Seconds(device, Size);
        var size = times[Times / 2] < TooShort ? LargeSize : Size;
        if (size != Size)
            times = Seconds(device, size);
        var operations = 2.0 * size * size * size;
        return new DeviceSpeed(operations / times[^1], operations / times[times.Length / 2], operations / times[0]);
    }

    /// <summary>The times of products of square matrices, ascending; the first one, which wakes libraries and threads, is not among them.</summary>
    private static double[] Seconds<T>(Device<T> device, int size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var memory = device.Allocate(3L * size * size);
        var (a, b, c) = (memory.AsMatrix(size, size), memory.AsMatrix(size, size, (long)size * size), memory.AsMatrix(size, size, 2L * size * size));
        device.Clear(a);
        device.Clear(b);
        var times = new double[Times];
        for (var i = -1; i < Times; i++)
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            device.Multiply(a, false, b, true, c);
            device.Synchronize();
            if (i >= 0)
                times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(times);
        return times;
    }
}
