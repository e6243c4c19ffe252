using System.Xml.Linq;
using LayerGrad.Figures;

namespace LayerGrad.Tests.Figures;

public sealed class FigureTests
{
    private static readonly double[] s_q = [1, 4, 2.5, 3], s_k = [0.5, double.NaN, 7, 0.25];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_point_of_a_curve_lies_at_its_value(bool log)
    {
        var panel = new Drawing(CurveFigure.Create([Set("None", new Curve("Q", s_q))], new FigureStyle { Log = log })).Panels.Single();
        var points = panel.Pieces("Q").Single();
        points.Select(point => point.X).ShouldBe([0, 1, 2, 3], tolerance: 1e-3);
        points.Select(point => point.Y).ShouldBe(s_q, tolerance: 1e-3);
    }

    [Fact]
    public void A_line_breaks_where_a_value_is_missing_and_a_value_alone_is_a_dot()
    {
        var panel = new Drawing(CurveFigure.Create([Set("None", new Curve("K", s_k))], new FigureStyle())).Panels.Single();
        var (x, y) = panel.Dots("K").Single();
        x.ShouldBe(0, 1e-3);
        y.ShouldBe(0.5, 1e-3);
        panel.Pieces("K").Single().Select(point => point.Y).ShouldBe([7, 0.25], tolerance: 1e-3);
    }

    [Fact]
    public void A_band_goes_along_its_upper_end_and_back_along_its_lower_one()
    {
        var set = Set("None", new Curve("Q", s_q, [0.5, 3.5, 2, 2.5], [1.5, 5, 3, 3.5]));
        var outline = new Drawing(CurveFigure.Create([set], new FigureStyle())).Panels.Single().Band("Q");
        outline.Select(point => point.Y).ShouldBe([1.5, 5, 3, 3.5, 2.5, 2, 3.5, 0.5], tolerance: 1e-3);
    }

    [Fact]
    public void Panels_share_an_axis_unless_asked_not_to()
    {
        CurveSet[] sets = [Set("None", new Curve("Q", s_q)), Set("Detailed", new Curve("Q", [0.1, 0.2, 0.1, 0.2]))];
        double Top(bool shared) => new Drawing(CurveFigure.Create(sets, new FigureStyle { SharedAxes = shared })).Root.Descendants()
            .Where(group => group.Attribute("data-title")?.Value == "Detailed").Select(group => double.Parse(group.Attribute("data-y")!.Value.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)).Single();
        Top(shared: true).ShouldBeGreaterThan(4);
        Top(shared: false).ShouldBeLessThan(0.3);
    }

    [Fact]
    public void What_is_compared_against_is_dashed_and_named_in_the_key()
    {
        var set = Set("None", new Curve("Q", s_q)) with { Against = [new Curve("Q", [2, 2, 2, 2])] };
        var drawing = new Drawing(CurveFigure.Create([set], new FigureStyle { Names = ("right", "wrong") }));
        var panel = drawing.Panels.Single();
        panel.IsDashed("Q against").ShouldBeTrue();
        panel.IsDashed("Q").ShouldBeFalse();
        panel.Pieces("Q against").Single().Select(point => point.Y).ShouldBe([2, 2, 2, 2], tolerance: 1e-3);
        drawing.Texts.ShouldContain("right");
        drawing.Texts.ShouldContain("wrong");
    }

    [Fact]
    public void Labels_stand_in_the_order_of_their_lines_ends()
    {
        var set = Set("None", new Curve("Q", [1, 1, 1, 2]), new Curve("K", [1, 1, 1, 2.01]), new Curve("V", [1, 1, 1, 9]));
        new Drawing(CurveFigure.Create([set], new FigureStyle())).Panels.Single().LabelOrder.ShouldBe(["V", "K", "Q"]);
    }

    [Fact]
    public void Labels_move_apart_no_further_than_they_must()
    {
        MarkPainter.MoveApart([10, 11, 50], 8, 0, 100).ShouldBe([6.5, 14.5, 50]);
        MarkPainter.MoveApart([-5, 99, 100], 8, 0, 100).ShouldBe([0, 91.5, 99.5], tolerance: 8);
        MarkPainter.MoveApart([98, 99, 100], 8, 0, 100).ShouldBe([84, 92, 100]);
    }

    [Fact]
    public void Many_sets_wrap_into_rows_that_fit_the_width()
    {
        var sets = Enumerable.Range(0, 7).Select(i => Set($"set {i}", new Curve("Q", s_q))).ToArray();
        var drawing = new Drawing(CurveFigure.Create(sets, new FigureStyle()));
        drawing.Panels.Count.ShouldBe(7);
        drawing.Root.Descendants().Attributes("x").Select(x => (double)x).Max().ShouldBeLessThan(drawing.Width);
    }

    [Fact]
    public void A_heat_map_has_a_cell_for_every_value_and_grey_for_a_missing_one()
    {
        var map = new HeatMap("None", "", [[1, 2, 4], [8, double.NaN, 16]]);
        var cells = new Drawing(HeatMapFigure.OfLayers([map], ["Q", "K"], [0, 1, 2], "Norm", new FigureStyle { Log = true })).Panels.Single().Cells;
        cells.Select(cell => cell.Value).ShouldBe([1, 2, 4, 8, double.NaN, 16]);
        cells.Select(cell => cell.X).Take(3).ShouldBeInOrder();
        cells[3].Y.ShouldBeGreaterThan(cells[0].Y);
        cells.Single(cell => double.IsNaN(cell.Value)).Colour.ShouldBe("#d9d9d9");
        cells.Select(cell => cell.Colour).Distinct().Count().ShouldBe(6);
    }

    [Fact]
    public void Step_heat_maps_have_wider_cells_where_steps_lie_further_apart()
    {
        var map = new HeatMap("None, Q", "", [[1, 2, 3], [4, 5, 6]]);
        var cells = new Drawing(HeatMapFigure.OfSteps([[map]], [0, 10, 30], "Norm", new FigureStyle())).Panels.Single().Cells;
        cells[2].Width.ShouldBeGreaterThan(cells[0].Width * 1.8);
        cells[3].Y.ShouldBeLessThan(cells[0].Y, "layers go upwards");
    }

    [Fact]
    public void Spectra_lie_at_their_values()
    {
        SpectraPanel panel = new("None, Q", "", [[new(1, 1), new(2, 0.1), new(3, 1e-4)], []]);
        var line = new Drawing(LineFigure.OfSpectra([[panel]], new FigureStyle())).Panels.Single().Pieces("layer 0").Single();
        line.Select(point => point.X).ShouldBe([1, 2, 3], tolerance: 1e-2);
        line.Select(point => Math.Log10(point.Y)).ShouldBe([0, -1, -4], tolerance: 1e-2);
    }

    [Theory]
    [InlineData("Nothing is a number", double.NaN)]
    [InlineData("Infinite", double.PositiveInfinity)]
    public void A_figure_without_a_finite_value_is_refused(string label, double value) =>
        Should.Throw<InputException>(() => CurveFigure.Create([Set(label, new Curve("Q", [value, value, value, value]))], new FigureStyle())).Message.ShouldContain(label);

    [Fact]
    public void Values_that_no_logarithm_can_show_are_refused() =>
        Should.Throw<InputException>(() => CurveFigure.Create([Set("M_min", new Curve("Q", [-1, -2, -1, 0]))], new FigureStyle { Log = true })).Message.ShouldContain("--log");

    [Fact]
    public void More_lines_than_colours_are_refused() =>
        Should.Throw<InputException>(() => CurveFigure.Create([Set("None", [.. Enumerable.Range(0, 9).Select(i => new Curve($"E{i}", s_q))])], new FigureStyle())).Message.ShouldContain("--projections");

    [Fact]
    public void Panels_that_do_not_fit_are_refused() =>
        Should.Throw<InputException>(() => FigureFile.Svg(LineFigure.OfSteps([.. Enumerable.Range(0, 8).Select(i => new StepPanel($"P{i}", [("None", [1, 2])]))], [0, 10], "Norm", new FigureStyle { Millimetres = 60 })))
            .Message.ShouldContain("--width");

    [Fact]
    public void Markup_in_a_label_is_shown_as_text()
    {
        const string Label = "<script>&\"'\u0001";
        var drawing = new Drawing(CurveFigure.Create([Set(Label, new Curve("Q", s_q))], new FigureStyle { Millimetres = 300 }));
        drawing.Texts.ShouldContain("<script>&\"'\uFFFD");
        drawing.Root.Descendants(XName.Get("script", "http://www.w3.org/2000/svg")).ShouldBeEmpty();
    }

    [Fact]
    public void Text_is_text_in_a_typeface_that_travels_with_the_drawing()
    {
        var svg = FigureFile.Svg(CurveFigure.Create([Set("None", new Curve("Q", s_q))], new FigureStyle()));
        svg.ShouldContain("@font-face");
        var font = Convert.FromBase64String(System.Text.RegularExpressions.Regex.Match(svg, "base64,([^)]*)\\)").Groups[1].Value);
        System.Text.Encoding.ASCII.GetString(font, 0, 4).ShouldBe("wOFF");
        font.Length.ShouldBeLessThan(20_000);
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(font.AsSpan(8)).ShouldBe(font.Length);
    }

    private static CurveSet Set(string label, params Curve[] curves) => new("model", "Nuclear norm (nats)", label, "n = 3", [0, 1, 2, 3], curves, []);
}
