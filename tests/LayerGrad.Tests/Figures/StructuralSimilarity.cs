using SkiaSharp;

namespace LayerGrad.Tests.Figures;

/// <summary>
/// The mean structural similarity of two pictures (Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility
/// to structural similarity", 2004): on lightness, in Gaussian windows of 11 × 11 pixels with σ = 1.5. 1 means equal.
/// </summary>
internal static class StructuralSimilarity
{
    private const int Radius = 5;
    private const int MostApart = 2;
    private const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    private static readonly double[] s_window = Window();

    /// <summary>The similarity of two PNG files, over the pixels that both have: a browser rounds the edges of what it shows to its own, larger pixels.</summary>
    public static double Of(byte[] first, byte[] second)
    {
        using var a = SKBitmap.Decode(first);
        using var b = SKBitmap.Decode(second);
        Math.Abs(a.Width - b.Width).ShouldBeLessThanOrEqualTo(MostApart);
        Math.Abs(a.Height - b.Height).ShouldBeLessThanOrEqualTo(MostApart);
        var (width, height) = (Math.Min(a.Width, b.Width), Math.Min(a.Height, b.Height));
        return Of(Lightness(a, width, height), Lightness(b, width, height), width, height);
    }

    private static double Of(double[] x, double[] y, int width, int height)
    {
        double[] Products(double[] left, double[] right) => [.. left.Zip(right, (l, r) => l * r)];
        var (meanX, meanY) = (Blur(x, width, height), Blur(y, width, height));
        var (squareX, squareY, product) = (Blur(Products(x, x), width, height), Blur(Products(y, y), width, height), Blur(Products(x, y), width, height));
        var sum = 0.0;
        for (var i = 0; i < meanX.Length; i++)
        {
            double varianceX = squareX[i] - (meanX[i] * meanX[i]), varianceY = squareY[i] - (meanY[i] * meanY[i]), covariance = product[i] - (meanX[i] * meanY[i]);
            sum += ((2 * meanX[i] * meanY[i]) + C1) * ((2 * covariance) + C2) / (((meanX[i] * meanX[i]) + (meanY[i] * meanY[i]) + C1) * (varianceX + varianceY + C2));
        }

        return sum / meanX.Length;
    }

    /// <summary>Weighted means over the windows that lie wholly in the picture.</summary>
    private static double[] Blur(double[] picture, int width, int height)
    {
        int inner = width - (2 * Radius), rows = height - (2 * Radius);
        var across = new double[inner * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < inner; x++)
            {
                for (var k = 0; k < s_window.Length; k++)
                    across[(y * inner) + x] += s_window[k] * picture[(y * width) + x + k];
            }
        }

        var blurred = new double[inner * rows];
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < inner; x++)
            {
                for (var k = 0; k < s_window.Length; k++)
                    blurred[(y * inner) + x] += s_window[k] * across[((y + k) * inner) + x];
            }
        }

        return blurred;
    }

    private static double[] Window()
    {
        const double Sigma = 1.5;
        double[] weights = [.. Enumerable.Range(-Radius, (2 * Radius) + 1).Select(i => Math.Exp(-i * i / (2 * Sigma * Sigma)))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    private static double[] Lightness(SKBitmap picture, int width, int height)
    {
        var pixels = picture.Pixels;
        return [.. Enumerable.Range(0, width * height).Select(i =>
        {
            var pixel = pixels[(i / width * picture.Width) + (i % width)];
            return (0.299 * pixel.Red) + (0.587 * pixel.Green) + (0.114 * pixel.Blue); // ITU-R BT.601
        })];
    }
}
