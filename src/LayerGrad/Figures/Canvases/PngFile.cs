using System.Buffers.Binary;
using System.Globalization;
using SkiaSharp;

namespace LayerGrad.Figures.Canvases;

/// <summary>A figure as pixels, painted and packed by Skia.</summary>
internal static class PngFile
{
    /// <summary>Where the first chunk after the signature and the header (IHDR) of a PNG begins (PNG specification, sections 5.2 and 11.2.2).</summary>
    private const int AfterHeader = 8 + 25;

    /// <summary>More pixels than this on a side no viewer opens.</summary>
    private const int MostPixels = 30_000;

    private const double InchesPerMetre = 1 / 0.0254;

    /// <summary>The figure as a PNG file.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="dotsPerInch">How fine; written into the file, so that programs show it in the figure's size.</param>
    /// <exception cref="InputException">So many pixels are too many.</exception>
    public static byte[] Create(Figure figure, int dotsPerInch)
    {
        var scale = dotsPerInch / 72.0;
        var (width, height) = ((int)Math.Ceiling((figure.Width * scale) - 1e-6), (int)Math.Ceiling((FigurePainter.Height(figure) * scale) - 1e-6));
        using var surface = width <= MostPixels && height <= MostPixels ? SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul)) : null;
        if (surface is null)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a PNG of {width:N0} × {height:N0} pixels is too large; give a smaller --dpi or --width"));
        surface.Canvas.Clear(new SKColor(Palette.Paper.Red, Palette.Paper.Green, Palette.Paper.Blue));
        surface.Canvas.Scale((float)scale);
        FigurePainter.Paint(figure, new SkiaCanvas(surface.Canvas));
        using var image = surface.Snapshot();
        using var packed = image.Encode(SKEncodedImageFormat.Png, 100);
        return WithResolution(packed.ToArray(), dotsPerInch);
    }

    /// <summary>Adds the chunk that says how many pixels a metre has (pHYs, section 11.3.4.3), which Skia leaves out.</summary>
    private static byte[] WithResolution(byte[] png, int dotsPerInch)
    {
        var chunk = new byte[21];
        BinaryPrimitives.WriteUInt32BigEndian(chunk, 9);
        "pHYs"u8.CopyTo(chunk.AsSpan(4));
        var perMetre = (uint)Math.Round(dotsPerInch * InchesPerMetre);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8), perMetre);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(12), perMetre);
        chunk[16] = 1; // the unit is the metre
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(17), CheckSum(chunk.AsSpan(4, 13)));
        return [.. png.AsSpan(0, AfterHeader), .. chunk, .. png.AsSpan(AfterHeader)];
    }

    /// <summary>The check sum of a chunk (CRC-32, section 5.5), bit by bit: a chunk has a few bytes.</summary>
    private static uint CheckSum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB88320;
        }

        return ~sum;
    }
}
