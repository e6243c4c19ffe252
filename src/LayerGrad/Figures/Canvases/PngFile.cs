using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LayerGrad.Figures.Canvases;

/// <summary>Turns a drawing into pixels with a program of the machine: rsvg-convert, or else Chromium.</summary>
internal static class PngFile
{
    private const double CssPixelsPerPoint = 96 / 72.0;

    /// <summary>The figure as a PNG file.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="dotsPerInch">How fine.</param>
    /// <exception cref="InputException">Neither program is there, or the one that is there failed.</exception>
    public static byte[] Create(Figure figure, int dotsPerInch)
    {
        var folder = Directory.CreateTempSubdirectory("layergrad-figure-").FullName;
        try
        {
            var svg = Path.Combine(folder, "figure.svg");
            var png = Path.Combine(folder, "figure.png");
            File.WriteAllText(svg, FigureFile.Svg(figure));
            if (!ByRsvg(svg, png, folder, dotsPerInch) && !ByChromium(figure, svg, png, folder, dotsPerInch))
                throw new InputException("a PNG needs rsvg-convert (Debian: apt install librsvg2-bin) or Chromium on the PATH; or give --out a name that ends in .svg or .pdf");
            return File.ReadAllBytes(png);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool ByRsvg(string svg, string png, string folder, int dotsPerInch)
    {
        // librsvg does not read typefaces from inside a drawing: it finds them through fontconfig.
        foreach (var weight in Enum.GetValues<FontWeight>())
            File.WriteAllBytes(Path.Combine(folder, $"Roboto-{weight}.ttf"), TrueTypeFont.Of(weight).Bytes);
        var configuration = Path.Combine(folder, "fonts.conf");
        File.WriteAllText(configuration,
            $"""
            <?xml version="1.0"?>
            <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
            <fontconfig><dir>{folder}</dir><dir>/usr/share/fonts</dir><cachedir>{folder}</cachedir></fontconfig>
            """);
        var zoom = (dotsPerInch / 96.0).ToString("0.####", CultureInfo.InvariantCulture);
        return Run("rsvg-convert", ["--zoom", zoom, "--output", png, svg], ("FONTCONFIG_FILE", configuration)) && Made(png, "rsvg-convert");
    }

    private static bool ByChromium(Figure figure, string svg, string png, string folder, int dotsPerInch)
    {
        // A page around the drawing, without margins; the window is as large as the drawing in CSS pixels.
        var page = Path.Combine(folder, "figure.html");
        File.WriteAllText(page, "<!doctype html><style>html,body{margin:0}svg{display:block}</style>" + File.ReadAllText(svg));
        var size = string.Create(CultureInfo.InvariantCulture,
            $"--window-size={Math.Ceiling(figure.Width * CssPixelsPerPoint)},{Math.Ceiling(FigurePainter.Height(figure) * CssPixelsPerPoint)}");
        var scale = string.Create(CultureInfo.InvariantCulture, $"--force-device-scale-factor={dotsPerInch / 96.0:0.####}");
        string[] arguments = ["--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars", $"--user-data-dir={folder}/profile", size, scale, $"--screenshot={png}", "file://" + page];
        return new[] { "chromium", "chromium-browser", "google-chrome" }.Any(program => Run(program, arguments) && Made(png, program));
    }

    private static bool Made(string png, string program) => File.Exists(png) ? true : throw new InputException($"{program} made no picture of the figure; give --out a name that ends in .svg or .pdf");

    private static bool Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? true : throw new InputException($"{program} failed: {errors.Trim().ReplaceLineEndings(" ")}; give --out a name that ends in .svg or .pdf");
        }
        catch (Win32Exception)
        {
            return false; // not on the PATH: the next program is tried, and the last failure says what to install
        }
    }
}
