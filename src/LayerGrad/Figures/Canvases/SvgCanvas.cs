using System.Globalization;
using System.Text;

namespace LayerGrad.Figures.Canvases;

/// <summary>Paints on SVG 1.1: text stays text, in a typeface that travels inside the drawing, cut to what it uses.</summary>
internal sealed class SvgCanvas(double width, double height, string description) : ICanvas
{
    private readonly StringBuilder _body = new();
    private readonly Dictionary<FontWeight, SortedSet<Rune>> _characters = new();
    private int _depth = 1;

    public void BeginGroup(string kind, params ReadOnlySpan<(string Name, string Value)> data)
    {
        Begin().Append("<g class=\"").Append(Escape(kind)).Append('"');
        foreach (var (name, value) in data)
            _body.Append(" data-").Append(name).Append("=\"").Append(Escape(value)).Append('"');
        _body.Append(">\n");
        _depth++;
    }

    public void EndGroup()
    {
        _depth--;
        Begin().Append("</g>\n");
    }

    public void Line(IReadOnlyList<Spot> spots, Rgb colour, double width, LineStyle style = LineStyle.Solid)
    {
        Begin().Append("<path d=\"");
        AppendPath(spots);
        _body.Append("\" fill=\"none\" stroke=\"").Append(colour).Append("\" stroke-width=\"").Append(Number(width)).Append('"');
        if (style == LineStyle.Dashed)
            _body.Append(" stroke-dasharray=\"3.2 2\"");
        _body.Append(spots.Count > 2 ? " stroke-linejoin=\"round\"/>\n" : "/>\n");
    }

    public void Area(IReadOnlyList<Spot> outline, Rgb colour, double opacity)
    {
        Begin().Append("<path d=\"");
        AppendPath(outline);
        _body.Append("Z\" fill=\"").Append(colour).Append("\" fill-opacity=\"").Append(Number(opacity)).Append("\"/>\n");
    }

    public void Rectangle(double x, double y, double width, double height, Rgb colour, double? value = null)
    {
        Begin().Append("<rect x=\"").Append(Number(x)).Append("\" y=\"").Append(Number(y)).Append("\" width=\"").Append(Number(width))
            .Append("\" height=\"").Append(Number(height)).Append("\" fill=\"").Append(colour).Append('"');
        if (value is { } v)
            _body.Append(" data-value=\"").Append(v.ToString("G6", CultureInfo.InvariantCulture)).Append('"');
        _body.Append("/>\n");
    }

    public void Dot(Spot centre, double radius, Rgb colour) => Begin().Append("<circle cx=\"").Append(Number(centre.X)).Append("\" cy=\"")
        .Append(Number(centre.Y)).Append("\" r=\"").Append(Number(radius)).Append("\" fill=\"").Append(colour).Append("\"/>\n");

    public void Text(Spot at, string text, TextStyle style)
    {
        if (!_characters.TryGetValue(style.Weight, out var used))
            _characters[style.Weight] = used = [];
        used.UnionWith(text.EnumerateRunes());
        Begin().Append("<text x=\"").Append(Number(at.X)).Append("\" y=\"").Append(Number(at.Y)).Append("\" font-size=\"").Append(Number(style.Size)).Append('"');
        if (style.Weight == FontWeight.Medium)
            _body.Append(" font-weight=\"500\"");
        if (style.Anchor != Anchor.Start)
            _body.Append(" text-anchor=\"").Append(style.Anchor == Anchor.End ? "end" : "middle").Append('"');
        if (style.Upwards)
            _body.Append(" transform=\"rotate(-90 ").Append(Number(at.X)).Append(' ').Append(Number(at.Y)).Append(")\"");
        _body.Append(" fill=\"").Append(style.Colour).Append("\">").Append(Escape(text)).Append("</text>\n");
    }

    /// <summary>The whole drawing.</summary>
    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Number(width)}pt" height="{Number(height)}pt" viewBox="0 0 {Number(width)} {Number(height)}" role="img" font-family="Roboto, 'Helvetica Neue', Arial, sans-serif">
              <title>{Escape(description)}</title>
              <style>

            """);
        foreach (var (weight, used) in _characters.OrderBy(pair => pair.Key))
        {
            var font = Convert.ToBase64String(FontSubset.Woff(TrueTypeFont.Of(weight), used));
            svg.Append(CultureInfo.InvariantCulture,
                $$"""
                    @font-face { font-family: Roboto; font-weight: {{(weight == FontWeight.Medium ? 500 : 400)}}; src: url(data:font/woff;base64,{{font}}) format("woff"); }

                """);
        }

        return svg.Append("  </style>\n").Append(_body).Append("</svg>\n").ToString();
    }

    /// <summary>A coordinate: a thousandth of a point is far below what any printer shows.</summary>
    internal static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                // XML 1.0 has no place for other control characters, not even as references.
                < ' ' and not '\t' and not '\n' and not '\r' => escaped.Append('\uFFFD'),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private StringBuilder Begin() => _body.Append(' ', 2 * _depth);

    private void AppendPath(IReadOnlyList<Spot> spots)
    {
        for (var i = 0; i < spots.Count; i++)
            _body.Append(i == 0 ? 'M' : 'L').Append(Number(spots[i].X)).Append(' ').Append(Number(spots[i].Y));
    }
}
