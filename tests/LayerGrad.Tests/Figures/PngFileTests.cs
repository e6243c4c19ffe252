using System.Buffers.Binary;
using LayerGrad.Figures;
using LayerGrad.Tests.Reports;
using LayerGrad.Tests.Support;
using SkiaSharp;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Figures;

/// <summary>PNG figures are what a browser makes of the SVG.</summary>
public sealed class PngFileTests(BrowserFixture browser, ITestOutputHelper log) : IClassFixture<BrowserFixture>, IDisposable
{
    private const int DotsPerInch = 150;

    /// <summary>1 would be every pixel alike; letters are smoothed a little differently.</summary>
    private const double LeastSimilarity = 0.98;

    private readonly TemporaryFolder _folder = new();

    private static double[] Wave(double height) => [.. Enumerable.Range(0, 24).Select(layer => height * (1.2 + Math.Sin(layer / 3.0)))];

    private static Curve Curve(string name, double height) => new(name, Wave(height), [.. Wave(height).Select(y => 0.8 * y)], [.. Wave(height).Select(y => 1.3 * y)]);

    private static CurveSet Set(string label, double height) => new(
        "m", "Nuclear norm (nats)", label, "n = 30", [.. Enumerable.Range(0, 24)], [Curve("Q", height), Curve("σ₁", 0.6 * height)], [new("Q", Wave(0.7 * height)), new("σ₁", Wave(0.3 * height))]);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, double> Pictures => new() { { "lines", 174 }, { "lines", 84 }, { "log", 174 }, { "heat map", 174 } };

    [BrowserTheory]
    [MemberData(nameof(Pictures))]
    public async Task It_is_the_picture_that_a_browser_makes_of_the_svg(string kind, double millimetres)
    {
        var style = new FigureStyle { Millimetres = millimetres, Log = kind == "log", Note = "Mean over examples; bands: 95 % bootstrap intervals (2,000 resamples)." };
        var figure = kind == "heat map"
            ? HeatMapFigure.OfLayers([new("None", "n = 30", [Wave(1), Wave(2), [.. Wave(3).Select((y, i) => i == 5 ? double.NaN : y)]]), new("Detailed", "n = 30", [Wave(3), Wave(2), Wave(1)])],
                ["Q", "K", "V"], [.. Enumerable.Range(0, 24)], "Nuclear norm (nats)", style)
            : CurveFigure.Create([Set("None", 3), Set("Detailed, é", 1)], style);
        var (png, svg) = (_folder.At("figure.png"), _folder.At("figure.svg"));
        FigureFile.Write(figure, png, DotsPerInch);
        FigureFile.Write(figure, svg);
        var similarity = StructuralSimilarity.Of(File.ReadAllBytes(png), await browser.PictureAsync(svg, DotsPerInch));
        log.WriteLine($"{kind}, {millimetres} mm: {similarity:0.0000}");
        similarity.ShouldBeGreaterThan(LeastSimilarity);
    }

    [Fact]
    public void It_has_the_size_and_the_resolution_that_were_asked_for()
    {
        var path = _folder.At("figure.png");
        FigureFile.Write(CurveFigure.Create([Set("None", 1)], new FigureStyle { Millimetres = 84 }), path, dotsPerInch: 192);
        var png = File.ReadAllBytes(path);
        BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)).ShouldBe(635, "84 mm at 192 pixels an inch");
        var resolution = png.AsSpan().IndexOf("pHYs"u8);
        BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(resolution + 4)).ShouldBe(7559);
        using var picture = SKBitmap.Decode(path);
        picture.GetPixel(0, 0).ShouldBe(SKColors.White);
        picture.Pixels.Distinct().Count().ShouldBeGreaterThan(100);
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path]);
    }

    [Fact]
    public void Too_many_pixels_are_refused()
    {
        var figure = CurveFigure.Create([Set("None", 1)], new FigureStyle { Millimetres = 2000 });
        Should.Throw<InputException>(() => FigureFile.Write(figure, _folder.At("figure.png"), 2400)).Message.ShouldContain("give a smaller --dpi");
    }

    [Fact]
    public void It_tells_pictures_apart()
    {
        byte[] Picture(double height)
        {
            var path = _folder.At($"{height}.png");
            FigureFile.Write(CurveFigure.Create([Set("None", height)], new FigureStyle { Millimetres = 84, SharedAxes = true }), path, 100);
            return File.ReadAllBytes(path);
        }

        var first = Picture(1);
        StructuralSimilarity.Of(first, first).ShouldBe(1, 1e-12);
        StructuralSimilarity.Of(first, Picture(1.4)).ShouldBeLessThan(LeastSimilarity);
    }
}
