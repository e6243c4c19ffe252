using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Runs.Kernels;

/// <summary>
/// Matrices of inner products between the gradients of examples, read from an .npy file one row at a time: one matrix, or
/// one for each weight or layer.
/// </summary>
internal sealed partial class KernelFile : IDisposable
{
    /// <summary>NumPy writes 118 bytes for a matrix.</summary>
    private const int LongestHeader = 4096;

    private readonly FileStream _file;
    private readonly long _start;
    private readonly int _size;
    private readonly byte[] _row;
    private readonly string? _option;

    /// <summary>Opens an .npy file (NumPy's format, versions 1 to 3) of little-endian float32 or float64.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">The option that named it, for messages; null for an argument without a name.</param>
    /// <exception cref="InputException">It is not one, or holds something other than matrices.</exception>
    public KernelFile(string path, string? option = "--kernel")
    {
        (Path, _option) = (path, option);
        if (!File.Exists(path))
            throw Wrong("no such file");
        _file = File.OpenRead(InputFile.Require(path));
        try
        {
            var header = ReadHeader();
            _start = _file.Position;
            _size = header.Groups["size"].Value == "4" ? 4 : 8;
            int[] shape = [.. header.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
            if (shape.Length is not (2 or 3))
                throw Wrong($"holds an array of {shape.Length} axes; a kernel has two, or three with one for weights or layers");
            (Matrices, Rows, Columns) = (shape.Length == 3 ? shape[0] : 1, shape[^2], shape[^1]);
            IsStack = shape.Length == 3;
            var bytes = (Int128)Matrices * Rows * Columns * _size;
            if (bytes == 0)
                throw Wrong("is empty");
            if (_file.Length - _start != bytes)
                throw Wrong($"holds {_file.Length - _start} bytes where its shape needs {bytes}");
            _row = new byte[checked((long)Columns * _size)];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether there is an axis of weights or layers.</summary>
    public bool IsStack { get; }

    /// <summary>How many matrices there are.</summary>
    public int Matrices { get; }

    /// <summary>The rows of each.</summary>
    public int Rows { get; }

    /// <summary>The columns of each.</summary>
    public int Columns { get; }

    /// <summary>Reads some cells of a matrix, row by row.</summary>
    /// <param name="matrix">Which one.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    public float[] Read(int matrix, IReadOnlyList<int> rows, IReadOnlyList<int> columns)
    {
        var values = new float[rows.Count * columns.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            _file.Position = _start + ((((long)matrix * Rows) + rows[i]) * _row.Length);
            _file.ReadExactly(_row);
            for (var j = 0; j < columns.Count; j++)
            {
                var cell = _row.AsSpan(columns[j] * _size);
                values[(i * columns.Count) + j] = _size == 4 ? BinaryPrimitives.ReadSingleLittleEndian(cell) : (float)BinaryPrimitives.ReadDoubleLittleEndian(cell);
            }
        }

        return values;
    }

    /// <summary>Reads a whole matrix.</summary>
    /// <param name="matrix">Which one.</param>
    /// <returns>Rows x columns, row-major.</returns>
    /// <exception cref="InputException">It has more elements than an array holds.</exception>
    public double[] ReadMatrix(int matrix)
    {
        if ((long)Rows * Columns > Array.MaxLength)
            throw Wrong($"a matrix of {Rows} x {Columns} is too large to be held in memory");
        var values = new double[Rows * Columns];
        _file.Position = _start + ((long)matrix * Rows * _row.Length);
        for (var i = 0; i < Rows; i++)
        {
            _file.ReadExactly(_row);
            for (var j = 0; j < Columns; j++)
            {
                var cell = _row.AsSpan(j * _size);
                values[(i * Columns) + j] = _size == 4 ? BinaryPrimitives.ReadSingleLittleEndian(cell) : BinaryPrimitives.ReadDoubleLittleEndian(cell);
            }
        }

        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Match ReadHeader()
    {
        Span<byte> beginning = stackalloc byte[12];
        var read = _file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        if (read < 10 || beginning[0] != 0x93 || !beginning[1..6].SequenceEqual("NUMPY"u8))
            throw Wrong("is not an .npy file; write one with layergrad kernel --out KERNEL.npy");
        var (start, length) = beginning[6] == 1 || read < 12
            ? (10, BinaryPrimitives.ReadUInt16LittleEndian(beginning[8..]))
            : (12, (long)BinaryPrimitives.ReadUInt32LittleEndian(beginning[8..]));
        if (start + length > _file.Length)
            throw Wrong("ends within its header");
        if (length > LongestHeader)
            throw Wrong($"has a header of {length} bytes; that of a kernel has at most {LongestHeader}");
        _file.Position = start;
        var bytes = new byte[length];
        _file.ReadExactly(bytes);
        var header = Header().Match(System.Text.Encoding.Latin1.GetString(bytes));
        return header.Success ? header : throw Wrong("holds something other than matrices of float32 or float64, row by row; write it with layergrad kernel");
    }

    private InputException Wrong(string what) => new($"{(_option is null ? "" : _option + " ")}{Path}: {what}");

    [GeneratedRegex(@"'descr':\s*'<f(?<size>[48])'.*'fortran_order':\s*False.*'shape':\s*\((?<shape>\d{1,9}(,\s*\d{1,9})*),?\s*\)", RegexOptions.ExplicitCapture, 30_000)]
    private static partial Regex Header();
}
