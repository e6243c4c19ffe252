using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LayerGrad.Runs.Kernels;

/// <summary>
/// Writes float64 arrays in NumPy's format, version 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
/// The file appears under its name when it is whole.
/// </summary>
internal sealed class NpyWriter : IDisposable
{
    private readonly string _path;
    private readonly Draft _draft;

    /// <summary>Writes the header.</summary>
    /// <param name="path">Where it will be.</param>
    /// <param name="shape">The array's shape.</param>
    /// <exception cref="InputException">It cannot be written there.</exception>
    public NpyWriter(string path, IReadOnlyList<int> shape)
    {
        _path = path;
        OutputFile.Require(path);
        try
        {
            _draft = new Draft(path);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }

        var numbers = string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        var header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({numbers}{(shape.Count == 1 ? "," : "")}), }}";

        // Magic, version and length take 10 bytes; the data begins at a multiple of 64.
        header = header.PadRight((10 + header.Length + 1 + 63) / 64 * 64 - 11) + "\n";
        Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length & 0xFF), (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)]);
    }

    /// <summary>Writes the next elements.</summary>
    /// <param name="values">Row-major.</param>
    public void Write(ReadOnlySpan<double> values)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("only little-endian processors are supported");
        Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Gives the file its name.</summary>
    public void Complete()
    {
        try
        {
            _draft.Place(overwrite: false);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }
    }

    /// <summary>Removes what is not complete.</summary>
    public void Dispose() => _draft.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _draft.File.Write(bytes);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }
    }

    private InputException Failed(Exception error) => new($"{_path}: cannot be written: {FileFailure.Reason(error)}.", error);
}
