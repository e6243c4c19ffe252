using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using LayerGrad.Figures;
using LayerGrad.Figures.Canvases;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Figures;

public sealed class FigureFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-test-").FullName;

    private static Figure Figure => CurveFigure.Create(
        [new("m", "Nuclear norm (nats)", "σ-set", "n = 3", [0, 1, 2], [new("Q", [1, 3, 2], [0.5, 2, 1], [2, 4, 3])], [])], new FigureStyle { Millimetres = 84 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_pdf_has_every_object_where_its_table_says()
    {
        var pdf = FigureFile.Pdf(Figure);
        var text = System.Text.Encoding.Latin1.GetString(pdf);
        var table = int.Parse(Regex.Match(text, @"startxref\n(\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        text[table..].ShouldStartWith("xref");
        var places = Regex.Matches(text[table..], @"(\d{10}) 00000 n").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        places.Length.ShouldBeGreaterThan(8);
        for (var i = 0; i < places.Length; i++)
            text[places[i]..].ShouldStartWith($"{i + 1} 0 obj");
        foreach (Match stream in Regex.Matches(text, @"/Length (\d+)[^>]*>>\nstream\n"))
            text[(stream.Index + stream.Length + int.Parse(stream.Groups[1].Value, CultureInfo.InvariantCulture))..].ShouldStartWith("\nendstream");
    }

    [Fact]
    public void A_pdf_maps_its_glyphs_back_to_text()
    {
        var streams = Streams(FigureFile.Pdf(Figure));
        streams.ShouldContain(stream => stream.Contains("beginbfchar", StringComparison.Ordinal) && stream.Contains("> <03C3>", StringComparison.Ordinal)); // σ
        streams.ShouldContain(stream => stream.Contains(" Tj ET", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pdf_depends_on_its_figure_alone() => FigureFile.Pdf(Figure).ShouldBe(FigureFile.Pdf(Figure));

    [PdfToolFact]
    public void A_pdf_is_read_by_another_program_text_and_all()
    {
        var path = Path.Combine(_folder, "figure.pdf");
        FigureFile.Write(Figure, path);
        using var process = Process.Start(new ProcessStartInfo("pdftotext", [path, "-"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var text = process.StandardOutput.ReadToEnd();
        process.StandardError.ReadToEnd().ShouldBeEmpty();
        text.ShouldContain("σ-set");
        text.ShouldContain("Nuclear norm (nats)");
    }

    [Fact]
    public void Another_format_is_refused() =>
        Should.Throw<InputException>(() => FigureFile.Write(Figure, Path.Combine(_folder, "figure.gif"))).Message.ShouldContain(".svg, .pdf or .png");

    [Fact]
    public void A_place_that_cannot_be_written_to_is_named()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Should.Throw<InputException>(() => FigureFile.Write(Figure, Path.Combine(file, "figure.svg"))).Message.ShouldContain("cannot be written");
    }

    [Fact]
    public void The_cut_font_keeps_the_widths_and_outlines_of_what_is_used()
    {
        var font = TrueTypeFont.Of(FontWeight.Regular);
        font.Width("Layer", 10).ShouldBe(10 * "Layer".EnumerateRunes().Sum(rune => font.GlyphWidth(font.Glyph(rune))), 1e-9);
        font.Glyph(new Rune('σ')).ShouldBeGreaterThan(0);
        font.Glyph(new Rune('₁')).ShouldBeGreaterThan(0);
        font.Glyph(new Rune('漢')).ShouldBe(0);
        FontSubset.TrueType(font, "é".EnumerateRunes()).Length.ShouldBeGreaterThan(FontSubset.TrueType(font, "".EnumerateRunes()).Length, "a composite glyph brings its parts");
    }

    private static List<string> Streams(byte[] pdf)
    {
        var text = System.Text.Encoding.Latin1.GetString(pdf);
        return [.. Regex.Matches(text, @"/Length (\d+)[^>]*>>\nstream\n").Select(match =>
        {
            using var packed = new MemoryStream(pdf, match.Index + match.Length, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            using var reader = new StreamReader(zlib, System.Text.Encoding.Latin1);
            return reader.ReadToEnd();
        })];
    }
}
