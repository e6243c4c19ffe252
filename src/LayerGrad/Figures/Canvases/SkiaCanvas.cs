using SkiaSharp;

namespace LayerGrad.Figures.Canvases;

/// <summary>
/// Paints pixels with Skia, the library behind Chromium: the same shapes as <see cref="SvgCanvas"/>, in the same embedded
/// typeface, so that nothing of the machine is needed and its fonts change nothing.
/// </summary>
/// <param name="canvas">Skia's canvas, scaled so that a unit is a point.</param>
internal sealed class SkiaCanvas(SKCanvas canvas) : ICanvas
{
    private static readonly SKTypeface s_regular = Typeface(FontWeight.Regular);
    private static readonly SKTypeface s_medium = Typeface(FontWeight.Medium);

    public void BeginGroup(string kind, params ReadOnlySpan<(string Name, string Value)> data)
    {
    }

    public void EndGroup()
    {
    }

    public void Line(IReadOnlyList<Spot> spots, Rgb colour, double width, LineStyle style = LineStyle.Solid)
    {
        using var paint = Paint(colour);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = (float)width;
        paint.StrokeJoin = SKStrokeJoin.Round;
        using var dashes = style == LineStyle.Dashed ? SKPathEffect.CreateDash([3.2f, 2f], 0) : null;
        paint.PathEffect = dashes;
        using var path = PathOf(spots);
        canvas.DrawPath(path, paint);
    }

    public void Area(IReadOnlyList<Spot> outline, Rgb colour, double opacity)
    {
        using var paint = Paint(colour, opacity);
        using var path = PathOf(outline);
        path.Close();
        canvas.DrawPath(path, paint);
    }

    public void Rectangle(double x, double y, double width, double height, Rgb colour, double? value = null)
    {
        using var paint = Paint(colour);
        canvas.DrawRect((float)x, (float)y, (float)width, (float)height, paint);
    }

    public void Dot(Spot centre, double radius, Rgb colour)
    {
        using var paint = Paint(colour);
        canvas.DrawCircle((float)centre.X, (float)centre.Y, (float)radius, paint);
    }

    public void Text(Spot at, string text, TextStyle style)
    {
        using var paint = Paint(style.Colour);
        using var font = new SKFont(style.Weight == FontWeight.Medium ? s_medium : s_regular, (float)style.Size);
        // Letters stand where the outlines say, as in SVG and PDF, not where whole pixels would have them.
        (font.Subpixel, font.LinearMetrics, font.Hinting, font.Edging) = (true, true, SKFontHinting.None, SKFontEdging.Antialias);
        canvas.Save();
        canvas.Translate((float)at.X, (float)at.Y);
        if (style.Upwards)
            canvas.RotateDegrees(-90);
        canvas.DrawText(text, 0, 0, style.Anchor switch { Anchor.Start => SKTextAlign.Left, Anchor.Middle => SKTextAlign.Center, _ => SKTextAlign.Right }, font, paint);
        canvas.Restore();
    }

    private static SKTypeface Typeface(FontWeight weight)
    {
        using var data = SKData.CreateCopy(TrueTypeFont.Of(weight).Bytes);
        return SKTypeface.FromData(data) ?? throw new InvalidOperationException("Skia does not read the embedded typeface");
    }

    private static SKPaint Paint(Rgb colour, double opacity = 1) =>
        new() { IsAntialias = true, Color = new SKColor(colour.Red, colour.Green, colour.Blue, (byte)Math.Round(255 * opacity)) };

    private static SKPath PathOf(IReadOnlyList<Spot> spots)
    {
        var path = new SKPath();
        path.MoveTo((float)spots[0].X, (float)spots[0].Y);
        for (var i = 1; i < spots.Count; i++)
            path.LineTo((float)spots[i].X, (float)spots[i].Y);
        return path;
    }
}
