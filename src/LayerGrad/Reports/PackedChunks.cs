using System.Globalization;
using System.IO.Compression;

namespace LayerGrad.Reports;

/// <summary>
/// What the page carries packed and unpacks when it is first looked at: raw deflate streams (RFC 1951) in base64, each in
/// a script element of its own that no browser runs.
/// </summary>
internal sealed class PackedChunks
{
    private readonly List<string> _chunks = [];

    /// <summary>Packs bytes and gives the name of their element.</summary>
    public string Add(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            deflate.Write(bytes);
        _chunks.Add(Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length));
        return Name(_chunks.Count - 1);
    }

    /// <summary>
    /// Packs numbers to 24 bits, the upper ones of a float32: five significant digits, in the range of a float32. Bytes of one
    /// place stand together, so that the likeness of exponents can be packed away.
    /// </summary>
    public string Add(IReadOnlyList<float> values)
    {
        var planes = new byte[3 * values.Count];
        for (var i = 0; i < values.Count; i++)
        {
            var bits = Rounded(values[i]);
            planes[i] = (byte)(bits >> 24);
            planes[values.Count + i] = (byte)(bits >> 16);
            planes[(2 * values.Count) + i] = (byte)(bits >> 8);
        }

        return Add(planes);
    }

    /// <summary>Writes the elements.</summary>
    public void Write(TextWriter page)
    {
        for (var i = 0; i < _chunks.Count; i++)
        {
            page.Write($"<script type=\"text/plain\" id=\"{Name(i)}\">");
            page.Write(_chunks[i]);
            page.Write("</script>\n");
        }
    }

    /// <summary>A float32 rounded to its upper 24 bits; what is not a number stays so.</summary>
    private static uint Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsFinite(value) ? bits + 0x80 : bits;
    }

    private static string Name(int chunk) => string.Create(CultureInfo.InvariantCulture, $"chunk-{chunk}");
}
