using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>Writes figures to files.</summary>
internal static class FigureFile
{
    /// <summary>The figure as SVG: text as text, its typeface inside, and in attributes what turns places back into values.</summary>
    public static string Svg(Figure figure)
    {
        var canvas = new SvgCanvas(figure.Width, FigurePainter.Height(figure), figure.Description);
        FigurePainter.Paint(figure, canvas);
        return canvas.ToString();
    }

    /// <summary>The figure as a PDF page of its own size: vector shapes, text as text, its typeface inside.</summary>
    public static byte[] Pdf(Figure figure)
    {
        var canvas = new PdfCanvas(figure.Width, FigurePainter.Height(figure));
        FigurePainter.Paint(figure, canvas);
        return canvas.ToArray(figure.Description);
    }

    /// <summary>Whether <see cref="Write"/> knows the format that a file's name asks for.</summary>
    /// <exception cref="InputException">It does not.</exception>
    public static void CheckName(string path)
    {
        if (Path.GetExtension(path).ToUpperInvariant() is not (".SVG" or ".PDF" or ".PNG"))
            throw new InputException($"{path}: a figure's name ends in .svg, .pdf or .png");
    }

    /// <summary>Writes a figure in the format that the file's name asks for: <c>.svg</c>, <c>.pdf</c> or <c>.png</c>.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">The file; written whole or not at all.</param>
    /// <param name="dotsPerInch">How fine a PNG is.</param>
    /// <exception cref="InputException">Another name, no room for the panels, more pixels than a PNG can have, or a place that cannot be written to.</exception>
    public static void Write(Figure figure, string path, int dotsPerInch = 300)
    {
        CheckName(path);
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".SVG":
                WholeFile.Write(path, Svg(figure));
                break;
            case ".PDF":
                WholeFile.Write(path, Pdf(figure));
                break;
            default:
                WholeFile.Write(path, PngFile.Create(figure, dotsPerInch));
                break;
        }
    }
}
