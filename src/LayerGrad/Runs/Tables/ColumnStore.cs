using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LayerGrad.Runs.Tables;

/// <summary>
/// Columns of float64 that are filled row by row. They lie in chunks of rows, each column by column; what is more than
/// a run of the usual size lies in a temporary file that has no name, so that it is gone with the process however that ends.
/// </summary>
internal sealed class ColumnStore
{
    /// <summary>Rows of a chunk at most: a run of the usual size has one chunk, whose columns are read in place.</summary>
    private const int MostRows = 1024;

    private const int MostChunkBytes = 8 << 20;

    private readonly int _columns;
    private readonly int _rows;
    private readonly long _memory;
    private readonly List<double[]> _chunks = [];
    private SafeFileHandle? _file;
    private long _spilled;
    private double[] _last;

    /// <summary>No rows yet.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="memory">Bytes of full chunks that are kept in memory.</param>
    public ColumnStore(int columns, long memory = 64 << 20)
    {
        _columns = columns;
        _memory = memory;
        _rows = Math.Clamp(MostChunkBytes / sizeof(double) / columns, 16, MostRows);
        _last = new double[_rows * columns];
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Rows that are in full chunks, in memory or in the file.</summary>
    private int Full => Count / _rows * _rows;

    /// <summary>Sets a value of the row that <see cref="EndRow"/> ends.</summary>
    public void Set(int column, double value) => _last[(column * _rows) + Count % _rows] = value;

    /// <summary>Ends a row.</summary>
    /// <exception cref="InputException">There is no room for a temporary file.</exception>
    public void EndRow()
    {
        Count++;
        if (Count % _rows != 0)
            return;
        if ((_chunks.Count + 1L) * _last.Length * sizeof(double) > _memory)
        {
            Spill();
            return;
        }

        _chunks.Add(_last);
        _last = new double[_last.Length];
    }

    /// <summary>A column; in place where all rows are in one chunk.</summary>
    public ReadOnlySpan<double> Column(int column)
    {
        if (Full == 0)
            return _last.AsSpan(column * _rows, Count);
        var values = new double[Count];
        Read(column, values);
        return values;
    }

    /// <summary>Reads a column.</summary>
    /// <param name="column">Which one.</param>
    /// <param name="values">A value for each row.</param>
    public void Read(int column, Span<double> values)
    {
        var row = 0;
        foreach (var chunk in _chunks)
        {
            chunk.AsSpan(column * _rows, _rows).CopyTo(values[row..]);
            row += _rows;
        }

        for (var chunk = 0; row < Full; chunk++, row += _rows)
            ReadSpilled(((chunk * (long)_columns) + column) * _rows * sizeof(double), values.Slice(row, _rows));
        _last.AsSpan(column * _rows, Count - Full).CopyTo(values[row..]);
    }

    private void Spill()
    {
        try
        {
            _file ??= TemporaryFile.OpenHandle();
            var bytes = MemoryMarshal.AsBytes(_last.AsSpan());
            RandomAccess.Write(_file, bytes, _spilled);
            _spilled += bytes.Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{Path.GetTempPath()}: the numbers of a long run cannot be kept there ({error.Message.TrimEnd('.')}); name a folder with more room in TMPDIR, or compare fewer metrics.", error);
        }
    }

    private void ReadSpilled(long position, Span<double> values)
    {
        for (var bytes = MemoryMarshal.AsBytes(values); !bytes.IsEmpty;)
        {
            var count = RandomAccess.Read(_file!, bytes, position);
            if (count == 0)
                throw new EndOfStreamException("a temporary file was cut short");
            bytes = bytes[count..];
            position += count;
        }
    }
}
