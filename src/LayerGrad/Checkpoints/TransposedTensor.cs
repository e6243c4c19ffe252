using System.Buffers;

namespace LayerGrad.Checkpoints;

/// <summary>Neighbouring columns of a stored matrix as the rows of a tensor.</summary>
/// <param name="Stored">The matrix, a row for each column of the tensor.</param>
/// <param name="Spacing">The stored columns, all of them.</param>
/// <param name="First">The stored column that is the tensor's first row.</param>
/// <param name="Columns">The tensor's columns.</param>
internal sealed record TransposedTensor(IElements Stored, long Spacing, long First, long Columns) : IElements
{
    // In elements: what a thread may hold beside what it fills.
    private const long LargestRead = 1 << 20;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination) => Read(start, destination, Stored.Read);

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => Read(start, destination, Stored.Read);

    /// <inheritdoc />
    public void Ranges(FileRange range) => Stored.Ranges(range);

    /// <summary>Reads for each column the run of all rows that are wanted, and puts each element in its place.</summary>
    private void Read<T>(long start, Span<T> destination, RunReader<T> read)
    {
        if (destination.IsEmpty)
            return;
        var end = start + destination.Length;
        var (firstRow, lastRow) = (start / Columns, (end - 1) / Columns);
        if (start == firstRow * Columns && end == (lastRow + 1) * Columns && (lastRow - firstRow + 1) * 2 >= Spacing && Columns * Spacing <= LargestRead)
        {
            ReadWhole(firstRow, (int)(lastRow - firstRow + 1), destination, read);
            return;
        }

        var run = ArrayPool<T>.Shared.Rent((int)(lastRow - firstRow + 1));
        try
        {
            for (var column = 0L; column < Columns; column++)
            {
                var (first, last) = (firstRow * Columns + column < start ? firstRow + 1 : firstRow, lastRow * Columns + column >= end ? lastRow - 1 : lastRow);
                if (first > last)
                    continue;
                var values = run.AsSpan(0, (int)(last - first + 1));
                read((column * Spacing) + First + first, values);
                var place = (int)((first * Columns) + column - start);
                foreach (var value in values)
                {
                    destination[place] = value;
                    place += (int)Columns;
                }
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(run);
        }
    }

    /// <summary>Reads all that is stored at once, where the system would else be asked for most of it piece by piece, and puts whole rows in their place.</summary>
    private void ReadWhole<T>(long firstRow, int rows, Span<T> destination, RunReader<T> read)
    {
        var (spacing, columns) = ((int)Spacing, (int)Columns);
        var whole = ArrayPool<T>.Shared.Rent(((columns - 1) * spacing) + (int)First + (int)firstRow + rows);
        try
        {
            var from = (int)(First + firstRow);
            var all = whole.AsSpan(0, ((columns - 1) * spacing) + rows);
            read(from, all);
            for (var row = 0; row < rows; row++)
            {
                var to = destination.Slice(row * columns, columns);
                for (int column = 0, place = row; column < to.Length; column++, place += spacing)
                    to[column] = all[place];
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(whole);
        }
    }

    private delegate void RunReader<T>(long start, Span<T> destination);
}
