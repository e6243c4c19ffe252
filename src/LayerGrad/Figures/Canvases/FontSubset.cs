using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>
/// A font cut to the characters of one drawing: glyphs that the drawing does not use become empty, glyph numbers stay,
/// and what is not needed to show text is left out.
/// </summary>
internal static class FontSubset
{
    private static readonly string[] s_kept = ["OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"];

    /// <summary>The cut font as WOFF 1.0 (W3C Recommendation, 2012), for the web.</summary>
    public static byte[] Woff(TrueTypeFont font, IEnumerable<Rune> characters) => AssembleWoff(CutTables(font, characters));

    /// <summary>The cut font as a TrueType file, for PDF.</summary>
    public static byte[] TrueType(TrueTypeFont font, IEnumerable<Rune> characters) => AssembleTrueType(CutTables(font, characters));

    private static (string Tag, byte[] Bytes)[] CutTables(TrueTypeFont font, IEnumerable<Rune> characters)
    {
        var used = new HashSet<int> { 0 };
        foreach (var rune in characters)
            AddWithParts(font, font.Glyph(rune), used);
        var (glyf, loca) = CutGlyphs(font, used);
        return [.. s_kept.Where(font.Tables.ContainsKey).Select(tag => (tag, tag switch
        {
            "glyf" => glyf,
            "loca" => loca,
            "head" => HeadWithLongOffsets(font),
            _ => Table(font, tag).ToArray(),
        }))];
    }

    private static ReadOnlySpan<byte> Table(TrueTypeFont font, string tag) => font.Bytes.AsSpan(font.Tables[tag].Start, font.Tables[tag].Length);

    private static (int Start, int End) Extent(TrueTypeFont font, int glyph)
    {
        var loca = font.Tables["loca"].Start;
        int At(int index) => font.U16(font.Tables["head"].Start + 50) == 0
            ? 2 * font.U16(loca + (2 * index))
            : (font.U16(loca + (4 * index)) << 16) + font.U16(loca + (4 * index) + 2);
        return (At(glyph), At(glyph + 1));
    }

    private static void AddWithParts(TrueTypeFont font, int glyph, HashSet<int> used)
    {
        var (start, end) = Extent(font, glyph);
        if (!used.Add(glyph) || end == start)
            return;
        var at = font.Tables["glyf"].Start + start;
        if (font.U16(at) < 0x8000)
            return;

        // A composite glyph (its number of contours is negative): flags and glyph number of each part, then its placement.
        const int WordArguments = 1, OneScale = 8, More = 32, TwoScales = 64, Matrix = 128;
        at += 10;
        int flags;
        do
        {
            flags = font.U16(at);
            AddWithParts(font, font.U16(at + 2), used);
            at += 4 + ((flags & WordArguments) != 0 ? 4 : 2) + ((flags & OneScale) != 0 ? 2 : (flags & TwoScales) != 0 ? 4 : (flags & Matrix) != 0 ? 8 : 0);
        }
        while ((flags & More) != 0);
    }

    private static (byte[] Glyf, byte[] Loca) CutGlyphs(TrueTypeFont font, HashSet<int> used)
    {
        using var glyf = new MemoryStream();
        var loca = new byte[4 * (font.GlyphCount + 1)];
        for (var glyph = 0; glyph < font.GlyphCount; glyph++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(loca.AsSpan(4 * glyph), (uint)glyf.Length);
            if (!used.Contains(glyph))
                continue;
            var (start, end) = Extent(font, glyph);
            glyf.Write(font.Bytes, font.Tables["glyf"].Start + start, end - start);
            while (glyf.Length % 4 != 0)
                glyf.WriteByte(0);
        }

        BinaryPrimitives.WriteUInt32BigEndian(loca.AsSpan(4 * font.GlyphCount), (uint)glyf.Length);
        return (glyf.ToArray(), loca);
    }

    private static byte[] HeadWithLongOffsets(TrueTypeFont font)
    {
        var head = Table(font, "head").ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(50), 1);
        return head;
    }

    private static byte[] AssembleTrueType((string Tag, byte[] Bytes)[] tables)
    {
        var header = new byte[12 + (16 * tables.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x00010000);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)tables.Length);
        // What a binary search over the tables starts from: the largest power of two, its logarithm, the rest.
        var power = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tables.Length + 1) / 2;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)(16 * power));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), (ushort)System.Numerics.BitOperations.Log2((uint)power));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)(16 * (tables.Length - power)));
        using var body = new MemoryStream();
        for (var i = 0; i < tables.Length; i++)
        {
            var (tag, bytes) = tables[i];
            var entry = header.AsSpan(12 + (16 * i));
            System.Text.Encoding.ASCII.GetBytes(tag, entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], CheckSum(tag, bytes));
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], (uint)(header.Length + body.Length));
            BinaryPrimitives.WriteUInt32BigEndian(entry[12..], (uint)bytes.Length);
            body.Write(bytes);
            body.Write(new byte[Padded(bytes.Length) - bytes.Length]);
        }

        return [.. header, .. body.ToArray()];
    }

    private static byte[] AssembleWoff((string Tag, byte[] Bytes)[] tables)
    {
        const int Header = 44, Entry = 20;
        var sfntSize = 12 + (16 * tables.Length) + tables.Sum(t => Padded(t.Bytes.Length));
        using var body = new MemoryStream();
        var directory = new byte[Entry * tables.Length];
        for (var i = 0; i < tables.Length; i++)
        {
            var (tag, bytes) = tables[i];
            var packed = Compress(bytes);
            var entry = directory.AsSpan(Entry * i);
            System.Text.Encoding.ASCII.GetBytes(tag, entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], (uint)(Header + directory.Length + body.Length));
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], (uint)packed.Length);
            BinaryPrimitives.WriteUInt32BigEndian(entry[12..], (uint)bytes.Length);
            BinaryPrimitives.WriteUInt32BigEndian(entry[16..], CheckSum(tag, bytes));
            body.Write(packed);
            body.Write(new byte[Padded(packed.Length) - packed.Length]);
        }

        var header = new byte[Header];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x774F4646); // "wOFF"
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), 0x00010000); // TrueType outlines
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), (uint)(Header + directory.Length + body.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(12), (ushort)tables.Length);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), (uint)sfntSize);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(20), 1);
        return [.. header, .. directory, .. body.ToArray()];
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private static byte[] Compress(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(bytes);
        return packed.Length < bytes.Length ? packed.ToArray() : bytes; // WOFF: equal lengths mean "not compressed"
    }

    private static uint CheckSum(string tag, byte[] bytes)
    {
        var padded = new byte[Padded(bytes.Length)];
        bytes.CopyTo(padded, 0);
        if (tag == "head")
            padded.AsSpan(8, 4).Clear(); // its checkSumAdjustment does not count
        var sum = 0u;
        for (var i = 0; i < padded.Length; i += 4)
            sum += BinaryPrimitives.ReadUInt32BigEndian(padded.AsSpan(i));
        return sum;
    }
}
