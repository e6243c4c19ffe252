using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>
/// AWQ's codes as its <c>gemm</c> kernels store them: words of 32 bits, inputs x outputs / 8, each of the codes of one input and eight neighbouring
/// outputs in the order <see cref="Order"/>. Transposed code by code they are lines of an output each.
/// </summary>
/// <param name="Words">The words.</param>
/// <param name="Inputs">How many inputs there are.</param>
/// <param name="Outputs">How many outputs there are; a multiple of eight.</param>
internal sealed record AwqCodes(StoredBytes Words, int Inputs, int Outputs) : ILineCodes
{
    private const int Eight = 8;
    private const int BufferBytes = 8 << 20;

    /// <summary>The output, of eight, whose code stands at each place of a word, from the lowest bits on.</summary>
    public static readonly int[] Order = [0, 2, 4, 6, 1, 3, 5, 7];

    /// <inheritdoc />
    public int LineBytes => (Inputs + Eight - 1) / Eight * sizeof(uint);

    /// <inheritdoc />
    public int LinesAtOnce => Math.Max(Eight, BufferBytes / LineBytes / Eight * Eight);

    /// <inheritdoc />
    public int LoadedBytes(long line, int count) => Inputs * Columns(line, count) * sizeof(uint);

    /// <inheritdoc />
    public void Load(long line, int count, Span<byte> loaded) =>
        StridedReading.Read(Words, Outputs / Eight * sizeof(uint), (int)(line / Eight) * sizeof(uint), Columns(line, count) * sizeof(uint), loaded);

    /// <inheritdoc />
    public ReadOnlySpan<byte> Arrange(ReadOnlySpan<byte> loaded, long line, int count, int from, int some, Span<byte> scratch)
    {
        var within = (int)(line % Eight);
        var columns = Columns(line, some);
        var lines = scratch[..(columns * Eight * LineBytes)];
        Transpose(MemoryMarshal.Cast<byte, uint>(loaded)[(from / Eight)..], Columns(line, count), columns, LineBytes / sizeof(uint), MemoryMarshal.Cast<byte, uint>(lines));
        return lines[(within * LineBytes)..];
    }

    /// <inheritdoc />
    public void Ranges(FileRange range) => Words.Ranges(range);

    /// <summary>
    /// Eight inputs and as many outputs at a time, for eight columns of words at once; down the columns, so that the lines that are written stay in the cache.
    /// </summary>
    private void Transpose(ReadOnlySpan<uint> words, int spacing, int columns, int length, Span<uint> lines)
    {
        // Of each place of a word eight blocks of inputs, a row of eight columns each, which become eight neighbouring words of a line.
        const int Square = Eight * Eight;
        Span<uint> squares = stackalloc uint[Eight * Square];
        Span<uint> transposed = stackalloc uint[Square];
        for (var column = 0; column < columns; column += Eight)
        {
            var some = Math.Min(Eight, columns - column);
            for (var first = 0; first < length; first += Eight)
            {
                var blocks = Math.Min(Eight, length - first);
                for (var block = 0; block < blocks; block++)
                    OfPlaces(words[column..], (first + block) * Eight, spacing, some, squares[(block * Eight)..]);
                for (var place = 0; place < Eight; place++)
                {
                    var to = lines[((((column * Eight) + Order[place]) * length) + first)..];
                    if (some == Eight && blocks == Eight)
                    {
                        WordSquare.Transpose(squares[(place * Square)..], Eight, to, Eight * length);
                        continue;
                    }

                    WordSquare.Transpose(squares[(place * Square)..], Eight, transposed, Eight);
                    for (var i = 0; i < some; i++)
                        transposed.Slice(i * Eight, blocks).CopyTo(to[(i * Eight * length)..]);
                }
            }
        }
    }

    /// <summary>
    /// Of eight inputs and eight columns the words of each place: halves, quarters and then single codes change places across the diagonal of eight words of
    /// eight codes, in all columns at once.
    /// </summary>
    private void OfPlaces(ReadOnlySpan<uint> words, int input, int spacing, int some, Span<uint> squares)
    {
        var (a, b, c, d) = (Input(words, input, spacing, some), Input(words, input + 1, spacing, some), Input(words, input + 2, spacing, some), Input(words, input + 3, spacing, some));
        var (e, f, g, h) = (Input(words, input + 4, spacing, some), Input(words, input + 5, spacing, some), Input(words, input + 6, spacing, some), Input(words, input + 7, spacing, some));
        Exchange(ref a, ref e, 16, 0x0000FFFF);
        Exchange(ref b, ref f, 16, 0x0000FFFF);
        Exchange(ref c, ref g, 16, 0x0000FFFF);
        Exchange(ref d, ref h, 16, 0x0000FFFF);
        Exchange(ref a, ref c, 8, 0x00FF00FF);
        Exchange(ref b, ref d, 8, 0x00FF00FF);
        Exchange(ref e, ref g, 8, 0x00FF00FF);
        Exchange(ref f, ref h, 8, 0x00FF00FF);
        Exchange(ref a, ref b, 4, 0x0F0F0F0F);
        Exchange(ref c, ref d, 4, 0x0F0F0F0F);
        Exchange(ref e, ref f, 4, 0x0F0F0F0F);
        Exchange(ref g, ref h, 4, 0x0F0F0F0F);
        a.CopyTo(squares);
        b.CopyTo(squares[(1 * Eight * Eight)..]);
        c.CopyTo(squares[(2 * Eight * Eight)..]);
        d.CopyTo(squares[(3 * Eight * Eight)..]);
        e.CopyTo(squares[(4 * Eight * Eight)..]);
        f.CopyTo(squares[(5 * Eight * Eight)..]);
        g.CopyTo(squares[(6 * Eight * Eight)..]);
        h.CopyTo(squares[(7 * Eight * Eight)..]);
    }

    /// <summary>Words of an input, zeros where there are fewer than eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Input(ReadOnlySpan<uint> words, int input, int spacing, int some) => input < Inputs && some == Eight
        ? Vector256.Create(words.Slice(input * spacing, Eight))
        : Part(words, input, spacing, some);

    private Vector256<uint> Part(ReadOnlySpan<uint> words, int input, int spacing, int some)
    {
        Span<uint> part = stackalloc uint[Eight];
        part.Clear();
        if (input < Inputs)
            words.Slice(input * spacing, some).CopyTo(part);
        return Vector256.Create<uint>(part);
    }

    /// <summary>The columns of words in which neighbouring lines stand.</summary>
    private static int Columns(long line, int count) => (int)(((line + count + Eight - 1) / Eight) - (line / Eight));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(ref Vector256<uint> upper, ref Vector256<uint> lower, int shift, uint mask)
    {
        var difference = ((upper >>> shift) ^ lower) & Vector256.Create(mask);
        lower ^= difference;
        upper ^= difference << shift;
    }
}
