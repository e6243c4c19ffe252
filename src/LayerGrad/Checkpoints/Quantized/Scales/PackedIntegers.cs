using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized.Scales;

/// <summary>A matrix of small integers, several in a word of 32 bits: of neighbouring columns, or of neighbouring rows.</summary>
/// <param name="Words">The words, row by row.</param>
/// <param name="Name">The tensor's name, for messages.</param>
/// <param name="Bits">Bits of an integer: 4 or 8.</param>
/// <param name="Columns">The matrix's columns.</param>
/// <param name="AlongRows">Whether a word holds neighbouring rows rather than columns.</param>
/// <param name="Offset">What is added to each.</param>
internal sealed record PackedIntegers(StoredBytes Words, string Name, int Bits, int Columns, bool AlongRows, int Offset) : ComputedElements
{
    /// <summary>The column, of those in a word, that stands at each place; null for one after the other.</summary>
    public int[]? Order { get; init; }

    /// <summary>A stored number that two libraries read differently, and which is refused; null where there is none.</summary>
    public int? Ambiguous { get; init; }

    private int InWord => 32 / Bits;

    /// <inheritdoc />
    public override void Ranges(FileRange range) => Words.Ranges(range);

    /// <inheritdoc />
    protected override void Compute<T>(long start, Span<T> destination)
    {
        var (row, column) = Math.DivRem(start, Columns);
        while (!destination.IsEmpty)
        {
            var count = (int)Math.Min(destination.Length, Columns - column);
            OfRow(row, (int)column, destination[..count]);
            destination = destination[count..];
            (row, column) = (row + 1, 0);
        }
    }

    private void OfRow<T>(long row, int column, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (wordsOfRow, wordRow) = AlongRows ? (Columns, row / InWord) : ((Columns + InWord - 1) / InWord, row);
        var (first, last) = AlongRows ? (column, column + destination.Length) : (column / InWord, ((column + destination.Length - 1) / InWord) + 1);
        var bytes = ArrayPool<byte>.Shared.Rent((last - first) * sizeof(uint));
        var (shift, mask, ambiguous) = (BitOperations.Log2((uint)InWord), (1 << Bits) - 1, Ambiguous ?? -1);
        Span<int> places = stackalloc int[32];
        for (var i = 0; i < Order?.Length; i++)
            places[Order[i]] = i;
        Words.Read(((wordRow * wordsOfRow) + first) * sizeof(uint), bytes.AsSpan(0, (last - first) * sizeof(uint)));
        for (var i = 0; i < destination.Length; i++)
        {
            // Divisions by 4 or 8, as shifts.
            var at = column + i;
            var (word, place) = AlongRows ? (i, (int)(row % InWord)) : ((at >> shift) - first, at & (InWord - 1));
            if (Order is not null)
                place = places[place];
            var stored = (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(word * sizeof(uint))) >> (place * Bits)) & mask;
            if (stored == ambiguous)
                throw TwoMeanings(stored, row);
            destination[i] = T.CreateTruncating(stored + Offset);
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }

    private InputException TwoMeanings(int stored, long row) => new(OneLine.Of(
        $"{Words.File.Path}: '{Name}' holds the zero point {stored} in its row {row}, which stands for {stored + 1} in some programs and for 0 in others (checkpoint_format gptq); save the model as gptq_v2"));
}
