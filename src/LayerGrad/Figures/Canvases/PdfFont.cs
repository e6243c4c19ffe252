using System.Globalization;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>Embeds a TrueType font in a PDF file, with the widths and the characters of the glyphs that are used.</summary>
internal static class PdfFont
{
    /// <summary>Adds the font's objects and gives the number of the one that pages refer to.</summary>
    public static int Add(PdfObjects file, FontWeight weight, SortedDictionary<int, Rune> glyphs)
    {
        var font = TrueTypeFont.Of(weight);
        // Six letters and a plus mark a font as cut to what is used (section 9.6.4).
        var name = $"LAYGRA+Roboto-{weight}";
        var bytes = FontSubset.TrueType(font, glyphs.Values);
        var program = file.AddStream(string.Create(CultureInfo.InvariantCulture, $"/Length1 {bytes.Length} "), bytes);
        var (ascent, descent, box) = font.Extents;
        var descriptor = file.Add(string.Create(CultureInfo.InvariantCulture,
            $"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [{box}] /ItalicAngle 0 /Ascent {ascent} /Descent {descent} /CapHeight 711 /StemV 80 /FontFile2 {program} 0 R >>"));
        var widths = string.Concat(glyphs.Keys.Select(glyph => string.Create(CultureInfo.InvariantCulture, $"{glyph} [{1000 * font.GlyphWidth(glyph):0.##}] ")));
        var descendant = file.Add($"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            + $"/FontDescriptor {descriptor} 0 R /W [{widths}] /CIDToGIDMap /Identity >>");
        var characters = file.AddStream("", System.Text.Encoding.ASCII.GetBytes(CharacterMap(glyphs)));
        return file.Add($"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {characters} 0 R >>");
    }

    /// <summary>From glyph numbers back to text (section 9.10.3), at most a hundred in a block as CMaps demand.</summary>
    private static string CharacterMap(SortedDictionary<int, Rune> glyphs)
    {
        var map = new StringBuilder("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
            + "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
            + "1 begincodespacerange <0000> <FFFF> endcodespacerange\n");
        foreach (var block in glyphs.Chunk(100))
        {
            map.Append(CultureInfo.InvariantCulture, $"{block.Length} beginbfchar\n");
            foreach (var (glyph, rune) in block)
                map.Append(CultureInfo.InvariantCulture, $"<{glyph:X4}> <{Convert.ToHexString(System.Text.Encoding.BigEndianUnicode.GetBytes(rune.ToString()))}>\n");
            map.Append("endbfchar\n");
        }

        return map.Append("endcmap CMapName currentdict /CMap defineresource pop end end\n").ToString();
    }
}
