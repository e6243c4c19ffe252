using System.Buffers.Binary;
using System.Reflection;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>
/// The typeface of the figures (Roboto, Apache-2.0, embedded in this library): its bytes for PDF and SVG, and its
/// advance widths, so that every format lays text out alike. Reads the tables head, hhea, hmtx, maxp and cmap (format 4)
/// of the OpenType specification.
/// </summary>
internal sealed class TrueTypeFont
{
    private static readonly TrueTypeFont s_regular = Load("Roboto-Regular.ttf");
    private static readonly TrueTypeFont s_medium = Load("Roboto-Medium.ttf");

    private readonly Dictionary<int, int> _glyphs;
    private readonly int _unitsPerEm;
    private readonly int _metrics;

    private TrueTypeFont(byte[] bytes)
    {
        Bytes = bytes;
        Tables = ReadTables(bytes);
        _unitsPerEm = U16(Tables["head"].Start + 18);
        _metrics = U16(Tables["hhea"].Start + 34);
        _glyphs = ReadCharacterMap();
    }

    /// <summary>The font file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where each table lies in the file, by its tag.</summary>
    public IReadOnlyDictionary<string, (int Start, int Length)> Tables { get; }

    /// <summary>The number of glyphs.</summary>
    public int GlyphCount => U16(Tables["maxp"].Start + 4);

    /// <summary>The font of a weight.</summary>
    public static TrueTypeFont Of(FontWeight weight) => weight == FontWeight.Medium ? s_medium : s_regular;

    /// <summary>The glyph of a character; 0, the font's "missing" sign, where it has none.</summary>
    public int Glyph(Rune character) => _glyphs.GetValueOrDefault(character.Value);

    /// <summary>The advance width of a glyph, in ems.</summary>
    public double GlyphWidth(int glyph) => (double)Advance(glyph) / _unitsPerEm;

    /// <summary>How far the font reaches, in thousandths of an em: ascent, descent (negative), and the box around all glyphs.</summary>
    public (int Ascent, int Descent, string Box) Extents
    {
        get
        {
            int hhea = Tables["hhea"].Start, head = Tables["head"].Start;
            return (Thousandths(hhea + 4), Thousandths(hhea + 6), string.Join(' ', Enumerable.Range(0, 4).Select(i => Thousandths(head + 36 + (2 * i)))));
        }
    }

    /// <summary>The width of a text in points at a size in points.</summary>
    public double Width(string text, double size) => text.EnumerateRunes().Sum(rune => Advance(Glyph(rune))) * size / _unitsPerEm;

    internal int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(at));

    private int Thousandths(int at) => (short)U16(at) * 1000 / _unitsPerEm;

    private int Advance(int glyph) => U16(Tables["hmtx"].Start + (4 * Math.Min(glyph, _metrics - 1)));

    private static TrueTypeFont Load(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"LayerGrad.Figures.Assets.{name}")
            ?? throw new InvalidOperationException($"the library was built without {name}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new TrueTypeFont(bytes);
    }

    private static Dictionary<string, (int Start, int Length)> ReadTables(byte[] bytes)
    {
        var tables = new Dictionary<string, (int, int)>();
        for (var i = 0; i < BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)); i++)
        {
            var entry = bytes.AsSpan(12 + (16 * i), 16);
            tables[System.Text.Encoding.ASCII.GetString(entry[..4])] =
                ((int)BinaryPrimitives.ReadUInt32BigEndian(entry[8..]), (int)BinaryPrimitives.ReadUInt32BigEndian(entry[12..]));
        }

        return tables;
    }

    private Dictionary<int, int> ReadCharacterMap()
    {
        var cmap = Tables["cmap"].Start;
        var glyphs = new Dictionary<int, int>();
        for (var i = 0; i < U16(cmap + 2); i++)
        {
            var table = cmap + (U16(cmap + 4 + (8 * i) + 4) << 16) + U16(cmap + 4 + (8 * i) + 6);
            if (U16(table) == 4)
                ReadSegments(table, glyphs);
        }

        return glyphs;
    }

    private void ReadSegments(int table, Dictionary<int, int> glyphs)
    {
        var twice = U16(table + 6);
        int ends = table + 14, starts = ends + twice + 2, deltas = starts + twice, offsets = deltas + twice;
        for (var s = 0; s < twice; s += 2)
        {
            int start = U16(starts + s), offset = U16(offsets + s);
            for (var c = start; c <= U16(ends + s) && c < 0xFFFF; c++)
            {
                // An offset counts bytes from where it stands itself (OpenType, cmap format 4).
                var glyph = offset == 0 ? c : U16(offsets + s + offset + (2 * (c - start)));
                glyphs[c] = glyph == 0 ? 0 : (glyph + U16(deltas + s)) & 0xFFFF;
            }
        }
    }
}
