using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>
/// GPTQ's codes: words of 32 bits, inputs · bits / 32 x outputs, each of the codes of neighbouring inputs and one output, the lowest bits first. Transposed
/// word by word they are lines of an output each.
/// </summary>
/// <param name="Words">The words.</param>
/// <param name="Outputs">How many outputs there are.</param>
internal sealed record GptqCodes(StoredBytes Words, int Outputs) : ILineCodes
{
    private const int BufferBytes = 8 << 20;

    /// <inheritdoc />
    public int LineBytes => (int)(Words.Length / Outputs);

    /// <inheritdoc />
    public int LinesAtOnce => Math.Max(WordSquare.Size, BufferBytes / LineBytes);

    /// <inheritdoc />
    public int LoadedBytes(long line, int count) => count * LineBytes;

    /// <inheritdoc />
    public void Load(long line, int count, Span<byte> loaded) =>
        StridedReading.Read(Words, Outputs * sizeof(uint), (int)line * sizeof(uint), count * sizeof(uint), loaded);

    /// <inheritdoc />
    public ReadOnlySpan<byte> Arrange(ReadOnlySpan<byte> loaded, long line, int count, int from, int some, Span<byte> scratch)
    {
        var arranged = scratch[..(some * LineBytes)];
        Transpose(MemoryMarshal.Cast<byte, uint>(loaded)[from..], count, some, MemoryMarshal.Cast<byte, uint>(arranged));
        return arranged;
    }

    /// <inheritdoc />
    public void Ranges(FileRange range) => Words.Ranges(range);

    /// <summary>Words that stand <paramref name="spacing"/> apart become neighbours.</summary>
    private static void Transpose(ReadOnlySpan<uint> stored, int spacing, int count, Span<uint> lines)
    {
        const int Size = WordSquare.Size;
        var rows = lines.Length / count;
        var (wholeLines, wholeRows) = (count / Size * Size, rows / Size * Size);
        for (var row = 0; row < wholeRows; row += Size)
        {
            for (var line = 0; line < wholeLines; line += Size)
                WordSquare.Transpose(stored[((row * spacing) + line)..], spacing, lines[((line * rows) + row)..], rows);
        }

        for (var line = 0; line < count; line++)
        {
            for (var row = line < wholeLines ? wholeRows : 0; row < rows; row++)
                lines[(line * rows) + row] = stored[(row * spacing) + line];
        }
    }
}
