using System.Globalization;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>
/// Paints on a PDF page of the figure's size (PDF 1.7, ISO 32000-1): vector shapes, and text as text in embedded
/// TrueType fonts (section 9.7: composite fonts with Identity-H, where a character code is a glyph number), so that it
/// can be searched and copied. The bytes depend on the figure alone.
/// </summary>
internal sealed class PdfCanvas(double width, double height) : ICanvas
{
    private readonly StringBuilder _content = new();
    private readonly SortedSet<int> _opacities = [];
    private readonly Dictionary<FontWeight, SortedDictionary<int, Rune>> _glyphs = new();

    public void BeginGroup(string kind, params ReadOnlySpan<(string Name, string Value)> data)
    {
    }

    public void EndGroup()
    {
    }

    public void Line(IReadOnlyList<Spot> spots, Rgb colour, double width, LineStyle style = LineStyle.Solid)
    {
        // Round joins; the graphics state is restored, so that a dash does not outlive its line.
        Add($"q {Colour(colour)} RG {Number(width)} w 1 j {(style == LineStyle.Dashed ? "[3.2 2] 0 d " : "")}");
        AddPath(spots);
        Add("S Q\n");
    }

    public void Area(IReadOnlyList<Spot> outline, Rgb colour, double opacity)
    {
        var percent = (int)Math.Round(100 * opacity);
        _opacities.Add(percent);
        Add($"q /O{percent} gs {Colour(colour)} rg ");
        AddPath(outline);
        Add("f Q\n");
    }

    public void Rectangle(double x, double y, double width, double height, Rgb colour, double? value = null) =>
        Add($"{Colour(colour)} rg {Number(x)} {Up(y + height)} {Number(width)} {Number(height)} re f\n");

    public void Dot(Spot centre, double radius, Rgb colour) =>
        // A line of no length with round caps is a disc (section 8.5.3.2).
        Add($"q {Colour(colour)} RG {Number(2 * radius)} w 1 J {Number(centre.X)} {Up(centre.Y)} m {Number(centre.X)} {Up(centre.Y)} l S Q\n");

    public void Text(Spot at, string text, TextStyle style)
    {
        var font = TrueTypeFont.Of(style.Weight);
        var before = font.Width(text, style.Size) * (style.Anchor switch { Anchor.Start => 0, Anchor.Middle => 0.5, _ => 1 });
        var matrix = style.Upwards ? $"0 1 -1 0 {Number(at.X)} {Up(at.Y + before)}" : $"1 0 0 1 {Number(at.X - before)} {Up(at.Y)}";
        Add($"BT /{style.Weight} {Number(style.Size)} Tf {Colour(style.Colour)} rg {matrix} Tm <");
        foreach (var rune in text.EnumerateRunes())
            Add(Used(style.Weight, font.Glyph(rune), rune).ToString("X4", CultureInfo.InvariantCulture));
        Add("> Tj ET\n");
    }

    /// <summary>The file.</summary>
    /// <param name="title">The document's title.</param>
    public byte[] ToArray(string title)
    {
        var file = new PdfObjects();
        int page = file.Reserve(), pages = file.Reserve();
        var content = file.AddStream("", System.Text.Encoding.ASCII.GetBytes(_content.ToString()));
        var fonts = string.Concat(_glyphs.OrderBy(pair => pair.Key).Select(pair => $"/{pair.Key} {PdfFont.Add(file, pair.Key, pair.Value)} 0 R "));
        var states = string.Concat(_opacities.Select(percent => $"/O{percent} << /ca {Number(percent / 100.0)} >> "));
        file.Set(page, $"<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 {Number(width)} {Number(height)}] /Contents {content} 0 R "
            + $"/Resources << /Font << {fonts}>> /ExtGState << {states}>> >> >>");
        file.Set(pages, $"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>");
        var catalog = file.Add($"<< /Type /Catalog /Pages {pages} 0 R /ViewerPreferences << /DisplayDocTitle true >> >>");
        var information = file.Add($"<< /Title <FEFF{Convert.ToHexString(System.Text.Encoding.BigEndianUnicode.GetBytes(title))}> /Creator (LayerGrad) >>");
        return file.ToArray(catalog, information);
    }

    private static string Number(double value) => SvgCanvas.Number(value);

    private static string Colour(Rgb colour) => $"{Number(colour.Red / 255.0)} {Number(colour.Green / 255.0)} {Number(colour.Blue / 255.0)}";

    private int Used(FontWeight weight, int glyph, Rune rune)
    {
        if (!_glyphs.TryGetValue(weight, out var glyphs))
            _glyphs[weight] = glyphs = new();
        glyphs[glyph] = rune;
        return glyph;
    }

    /// <summary>PDF measures from the bottom.</summary>
    private string Up(double y) => Number(height - y);

    private void Add(string text) => _content.Append(text);

    private void AddPath(IReadOnlyList<Spot> spots)
    {
        for (var i = 0; i < spots.Count; i++)
            Add($"{Number(spots[i].X)} {Up(spots[i].Y)} {(i == 0 ? 'm' : 'l')} ");
    }
}
