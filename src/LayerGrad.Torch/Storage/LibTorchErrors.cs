using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using LayerGrad.Compute;

namespace LayerGrad.Torch.Storage;

/// <summary>The one place that tells what an error of libtorch means.</summary>
internal static class LibTorchErrors
{
    private static readonly string[] s_outOfMemory = ["out of memory", "can't allocate memory", "not enough memory", "Storage size calculation overflowed", "CUBLAS_STATUS_ALLOC_FAILED"];

    /// <summary>Memory that ran out becomes what every device throws then, in one line; anything else stays what it is.</summary>
    /// <param name="error">What TorchSharp threw.</param>
    /// <param name="counter">What the device has allocated.</param>
    public static Exception Translate(ExternalException error, MemoryCounter counter)
    {
        if (Array.Exists(s_outOfMemory, text => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase)))
            return Insufficient(counter, error);
        var line = error.Message.Split('\n', 2)[0].Trim();
        return new InvalidOperationException($"libtorch: {line}", error);
    }

    /// <summary>The bytes of so many elements.</summary>
    /// <exception cref="InsufficientMemoryException">No machine has so many.</exception>
    [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "Memory did run out; the message says so in one line.")]
    public static long Bytes(long elements, long elementBytes) => elements <= long.MaxValue / 2 / elementBytes
        ? elements * elementBytes
        : throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture, $"no device has memory for {elements} numbers; give a smaller --memory"));

    [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "Memory did run out; the message says so in one line.")]
    private static InsufficientMemoryException Insufficient(MemoryCounter counter, ExternalException error) => new(
        string.Create(CultureInfo.InvariantCulture, $"libtorch's device has no memory more beside the {counter.Allocated} bytes in use; give a smaller --memory, or end other programs"), error);
}
