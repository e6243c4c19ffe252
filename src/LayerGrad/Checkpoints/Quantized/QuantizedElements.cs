using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using LayerGrad.Checkpoints.Quantized.Codes;

namespace LayerGrad.Checkpoints.Quantized;

/// <summary>
/// A quantised tensor, decoded as it is read, some lines at a time: (value of the code − zero point) · scale of its group, times or by one number that is the
/// whole tensor's. Every format is this with other codes, values, and places of scales. In float64 the product of value and scale is
/// exact, since both have at most 24 bits; in float32 it is rounded once.
/// </summary>
/// <param name="Codes">The codes, a line after the other.</param>
/// <param name="Table">What they stand for.</param>
/// <param name="Line">The elements of a line.</param>
/// <param name="Elements">All elements; the last line may have fewer than the others.</param>
/// <param name="Scales">The scales, a row behind the other.</param>
/// <param name="Layout">Which of them belongs to an element.</param>
/// <param name="Zeros">The zero points, as many as scales; null where all are 0.</param>
internal sealed record QuantizedElements(
    ILineCodes Codes, CodeTable Table, int Line, long Elements, IElements Scales, ScaleLayout Layout, IElements? Zeros = null) : ISlicedElements
{
    // A multiple of eight: of these many outputs a cache line of GPTQ's and AWQ's words is used up.
    private const int Tile = 64;

    /// <summary>By what everything is multiplied.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>By what everything is divided.</summary>
    public double Divisor { get; init; } = 1;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination) => ReadElements(start, destination);

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => ReadElements(start, destination);

    /// <inheritdoc />
    public void Ranges(FileRange range)
    {
        Codes.Ranges(range);
        Scales.Ranges(range);
        Zeros?.Ranges(range);
    }

    /// <inheritdoc />
    public ISlicedElements Slice(string name, long first, long count) => new ElementSlice(this, first, count);

    private void ReadElements<T>(long start, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (start < 0 || start > Elements - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(start), $"elements [{start}, {start + destination.Length}) of {Elements}");
        while (!destination.IsEmpty)
        {
            var (line, within) = Math.DivRem(start, Line);
            var lines = (int)Math.Min(destination.Length / Line, Codes.LinesAtOnce);
            int count;
            if (within == 0 && lines > 0)
            {
                count = lines * Line;
                DecodeLines(line, lines, destination[..count]);
            }
            else
            {
                var length = (int)Math.Min(Line, Elements - (line * Line));
                count = (int)Math.Min(destination.Length, length - within);
                var whole = ArrayPool<T>.Shared.Rent(length);
                DecodeLines(line, 1, whole.AsSpan(0, length));
                whole.AsSpan((int)within, count).CopyTo(destination);
                ArrayPool<T>.Shared.Return(whole);
            }

            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>Decodes neighbouring lines, of which the last may be shorter.</summary>
    private void DecodeLines<T>(long line, int lines, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (firstRow, lastRow) = (Layout.Row(line), Layout.Row(line + lines - 1));
        var groups = ((destination.Length - ((lines - 1) * Line) - 1) / Layout.GroupSize) + 1;
        var count = ((int)(lastRow - firstRow) * Layout.Groups) + (Layout.GroupOf is null ? Math.Min(groups, Layout.Groups) : Layout.Groups);
        var loadedBytes = Codes.LoadedBytes(line, lines);
        var (loaded, scratch) = (ArrayPool<byte>.Shared.Rent(loadedBytes), ArrayPool<byte>.Shared.Rent((Tile + 8) * Codes.LineBytes));
        var scales = ArrayPool<T>.Shared.Rent(count);
        var zeros = Zeros is null ? null : ArrayPool<T>.Shared.Rent(count);
        try
        {
            Codes.Load(line, lines, loaded.AsSpan(0, loadedBytes));
            Read(Scales, firstRow * Layout.Groups, scales.AsSpan(0, count));
            if (zeros is not null)
                Read(Zeros!, firstRow * Layout.Groups, zeros.AsSpan(0, count));
            ReadOnlySpan<byte> codes = default;
            for (var i = 0; i < lines; i++)
            {
                if (i % Tile == 0)
                    codes = Codes.Arrange(loaded.AsSpan(0, loadedBytes), line, lines, i, Math.Min(Tile, lines - i), scratch);
                var first = (int)(Layout.Row(line + i) - firstRow) * Layout.Groups;
                var some = Math.Min(Layout.Groups, count - first);
                var scaling = new Scaling<T>(scales.AsSpan(first, some), zeros is null ? [] : zeros.AsSpan(first, some), T.CreateTruncating(Factor), T.CreateTruncating(Divisor));
                var to = destination.Slice(i * Line, Math.Min(Line, destination.Length - (i * Line)));
                LineDecoder.Decode(codes[(i % Tile * Codes.LineBytes)..], Table, scaling, Layout, to);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(loaded);
            ArrayPool<byte>.Shared.Return(scratch);
            ArrayPool<T>.Shared.Return(scales);
            if (zeros is not null)
                ArrayPool<T>.Shared.Return(zeros);
        }
    }

    private static void Read<T>(IElements elements, long start, Span<T> destination)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            elements.Read(start, MemoryMarshal.Cast<T, float>(destination));
        else
            elements.Read(start, MemoryMarshal.Cast<T, double>(destination));
    }
}
