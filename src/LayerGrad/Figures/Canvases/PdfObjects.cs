using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>The numbered objects of a PDF file and the table of where they stand (ISO 32000-1, section 7.5).</summary>
internal sealed class PdfObjects
{
    private readonly List<byte[]> _objects = [];

    /// <summary>Takes a number for an object that is set later.</summary>
    public int Reserve()
    {
        _objects.Add([]);
        return _objects.Count;
    }

    /// <summary>Sets a reserved object.</summary>
    public void Set(int number, string text) => _objects[number - 1] = Latin(text);

    /// <summary>Adds an object and gives its number.</summary>
    public int Add(string text)
    {
        _objects.Add(Latin(text));
        return _objects.Count;
    }

    /// <summary>Adds a stream, deflated, and gives its number.</summary>
    /// <param name="entries">Further entries of its dictionary.</param>
    /// <param name="bytes">What it holds.</param>
    public int AddStream(string entries, byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(bytes);
        var head = string.Create(CultureInfo.InvariantCulture, $"<< /Length {packed.Length} /Filter /FlateDecode {entries}>>\nstream\n");
        _objects.Add([.. Latin(head), .. packed.ToArray(), .. Latin("\nendstream")]);
        return _objects.Count;
    }

    /// <summary>The file.</summary>
    public byte[] ToArray(int catalog, int information)
    {
        using var file = new MemoryStream();
        void Write(string text) => file.Write(Latin(text));
        Write("%PDF-1.7\n%\u00E2\u00E3\u00CF\u00D3\n"); // bytes above 127 tell programs that the file is binary
        var places = new List<long>();
        for (var i = 0; i < _objects.Count; i++)
        {
            places.Add(file.Position);
            Write(string.Create(CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n"));
            file.Write(_objects[i]);
            Write("\nendobj\n");
        }

        var table = file.Position;
        Write(string.Create(CultureInfo.InvariantCulture, $"xref\n0 {_objects.Count + 1}\n0000000000 65535 f \n"));
        foreach (var place in places)
            Write(string.Create(CultureInfo.InvariantCulture, $"{place:D10} 00000 n \n"));
        Write(string.Create(CultureInfo.InvariantCulture, $"trailer\n<< /Size {_objects.Count + 1} /Root {catalog} 0 R /Info {information} 0 R >>\nstartxref\n{table}\n%%EOF\n"));
        return file.ToArray();
    }

    private static byte[] Latin(string text) => System.Text.Encoding.Latin1.GetBytes(text);
}
