using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Reports;

/// <summary>A matrix of inner products between the gradients of examples.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Values">Row by row.</param>
internal sealed partial record KernelMatrix(int Rows, int Columns, float[] Values)
{
    private const int MostCells = 1_500 * 1_500;

    /// <summary>Reads a matrix from an .npy file (NumPy's format, versions 1 to 3) of little-endian float32 or float64.</summary>
    /// <exception cref="InputException">It is not one, or larger than a page can show.</exception>
    public static KernelMatrix Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"--kernel {path}: no such file");
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 10 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            throw new InputException($"--kernel {path}: is not an .npy file; write one with layergrad kernel --out KERNEL.npy");
        var (start, length) = bytes[6] == 1 || bytes.Length < 12 ? (10, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))) : (12, (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
        if (length < 0 || start + length > bytes.Length)
            throw new InputException($"--kernel {path}: ends within its header");
        var header = Header().Match(System.Text.Encoding.Latin1.GetString(bytes, start, length));
        if (!header.Success)
            throw new InputException($"--kernel {path}: holds something other than one matrix of float32 or float64, row by row; write it with layergrad kernel --by sum");
        int rows = int.Parse(header.Groups["rows"].Value, CultureInfo.InvariantCulture), columns = int.Parse(header.Groups["columns"].Value, CultureInfo.InvariantCulture);
        var size = header.Groups["size"].Value == "4" ? 4 : 8;
        if ((long)rows * columns > MostCells || rows == 0 || columns == 0)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"--kernel {path}: {rows} × {columns} is {(rows == 0 || columns == 0 ? "empty" : "more than a page can show (1500 × 1500); give a part of it")}"));
        var body = bytes.AsSpan(start + length);
        if (body.Length != (long)rows * columns * size)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"--kernel {path}: holds {body.Length} bytes where {rows} × {columns} numbers need {(long)rows * columns * size}"));
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
            values[i] = size == 4 ? BinaryPrimitives.ReadSingleLittleEndian(body[(4 * i)..]) : (float)BinaryPrimitives.ReadDoubleLittleEndian(body[(8 * i)..]);
        return new(rows, columns, values);
    }

    [GeneratedRegex(@"'descr':\s*'<f(?<size>[48])'.*'fortran_order':\s*False.*'shape':\s*\((?<rows>\d{1,9}),\s*(?<columns>\d{1,9}),?\s*\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Header();
}
