using System.Globalization;
using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>Lays a figure out on paper and paints it: titles, axes, grid and key here, marks in <see cref="MarkPainter"/>.</summary>
internal static class FigurePainter
{
    private const double Small = 7, Normal = 7.5, TitleSize = 8.5, Gap = 4;

    /// <summary>From one line of the note to the next.</summary>
    private const double NoteStep = Small + 2;

    /// <summary>How a figure's parts share the paper, in points.</summary>
    /// <param name="Left">Room left of a panel for its tick labels, column by column.</param>
    /// <param name="Right">Room right of every panel for the labels of its lines.</param>
    /// <param name="PanelWidth">The width of every panel's plotting area.</param>
    /// <param name="Top">Where the first row's titles begin.</param>
    /// <param name="RowHeight">From one row to the next.</param>
    /// <param name="Height">The height of the paper.</param>
    private sealed record Layout(double[] Left, double Right, double PanelWidth, double Top, double RowHeight, double Height);

    /// <summary>The height that a figure needs, in points.</summary>
    public static double Height(Figure figure) => Arrange(figure).Height;

    /// <summary>Paints a figure.</summary>
    /// <exception cref="InputException">Its panels do not fit its width.</exception>
    public static void Paint(Figure figure, ICanvas canvas)
    {
        var layout = Arrange(figure);
        canvas.Rectangle(0, 0, figure.Width, layout.Height, Palette.Paper);
        PaintKey(figure, canvas);
        for (var row = 0; row < figure.Rows.Count; row++)
        {
            var x = YLabelRoom(figure);
            for (var column = 0; column < figure.Rows[row].Count; column++)
            {
                x += layout.Left[column];
                var area = new Area(x, layout.Top + (row * layout.RowHeight) + TitleSize + Gap, layout.PanelWidth, figure.PanelHeight);
                PaintPanel(figure, row, column, area, layout, canvas);
                x += layout.PanelWidth + layout.Right;
            }
        }

        if (figure.ColourBar is { } bar)
            PaintColourBar(figure, bar, layout, canvas);
        var lines = NoteLines(figure);
        for (var i = 0; i < lines.Count; i++)
            canvas.Text(new(Gap, layout.Height - Gap - ((lines.Count - 1 - i) * NoteStep)), lines[i], new(Small, Palette.Faint));
    }

    private static Layout Arrange(Figure figure)
    {
        var columns = figure.Rows.Max(row => row.Count);
        var left = Enumerable.Range(0, columns).Select(column => figure.Rows.Where(row => column < row.Count)
            .Max(row => WritesNumbers(row, column) ? TickRoom(row[column], figure.PanelHeight) : 3)).ToArray();
        var right = figure.Rows.SelectMany(row => row).Max(RightRoom);
        var free = figure.Width - YLabelRoom(figure) - left.Sum() - (right * columns) - (figure.ColourBar is null ? 0 : ColourBarRoom(figure.ColourBar));
        if (free / columns < 24)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{columns} panels side by side do not fit a width of {figure.Width / Figure.PointsPerMillimetre:0} mm; give a larger --width"));
        }

        var top = Gap + (figure.Key.Count > 0 ? Normal + (2 * Gap) : 0);
        var rowHeight = TitleSize + Gap + figure.PanelHeight + (SharesX(figure) ? 8 : Small + 5 + Gap + Normal + 6);
        var below = (SharesX(figure) ? Small + Normal + 2 : 0) + (figure.Note.Length > 0 ? Small + Gap + ((NoteLines(figure).Count - 1) * NoteStep) : 0);
        return new(left, right, free / columns, top, rowHeight, top + (figure.Rows.Count * rowHeight) + below);
    }

    /// <summary>The note in as many lines as its figure's width needs.</summary>
    private static List<string> NoteLines(Figure figure)
    {
        var lines = new List<string>();
        foreach (var word in figure.Note.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && Width($"{lines[^1]} {word}", Small, FontWeight.Regular) <= figure.Width - (2 * Gap))
                lines[^1] = $"{lines[^1]} {word}";
            else
                lines.Add(word);
        }

        return lines;
    }

    /// <summary>Room for the labels of lines, and for the half of the last number below the axis that stands out beyond it.</summary>
    private static double RightRoom(Panel panel)
    {
        var labels = panel.Marks.OfType<LineMark>().Select(line => line.Label is { } label ? Width(label, Normal, FontWeight.Medium) + 9 : 0).DefaultIfEmpty(0).Max();
        return Math.Max(labels, Width(Ticks.Format(Math.Round(panel.X.Scale.High)), Small, FontWeight.Regular) + 2);
    }

    /// <summary>Whether all rows have one horizontal axis, so that only the last writes it.</summary>
    private static bool SharesX(Figure figure) => figure.Rows.All(row => row.Count == figure.Rows[0].Count)
        && figure.Rows.All(row => row.Zip(figure.Rows[0]).All(pair => pair.First.X == pair.Second.X));

    /// <summary>Whether a panel writes the numbers of its vertical axis, or reads them from its left neighbour.</summary>
    private static bool WritesNumbers(IReadOnlyList<Panel> row, int column) => column == 0 || !SameAxis(row[column].Y, row[column - 1].Y);

    private static bool SameAxis(Axis a, Axis b) => a.Scale == b.Scale && (a.Names ?? []).SequenceEqual(b.Names ?? []);

    private static double YLabelRoom(Figure figure) => figure.Rows.Any(row => row.Any(panel => panel.Y.Label.Length > 0)) ? Gap + Normal + 3 : Gap;

    private static double TickRoom(Panel panel, double height) =>
        YTicks(panel.Y, height).Select(tick => Width(tick.Label, Small, FontWeight.Regular)).DefaultIfEmpty(0).Max() + 5;

    private static double ColourBarRoom(Axis bar) => 24 + Normal + Ticks.Of(bar.Scale, 5).Max(tick => Width(tick.Label, Small, FontWeight.Regular));

    private static double Width(string text, double size, FontWeight weight) => TrueTypeFont.Of(weight).Width(text, size);

    private static IReadOnlyList<Tick> YTicks(Axis axis, double height) => axis.Names is { } names
        ? [.. names.Select((name, i) => new Tick(i, name))]
        : Ticks.Of(axis.Scale, Math.Max(4, (int)(height / 22)), axis.Whole);

    private static IReadOnlyList<Tick> XTicks(Axis axis, double width)
    {
        if (axis.Names is { } names)
            return [.. names.Select((name, i) => new Tick(i, Shorten(name, (width / names.Count) - 2, Small, FontWeight.Regular)))];
        var widest = Math.Max(Width(Ticks.Format(axis.Scale.High), Small, FontWeight.Regular), 8);
        return Ticks.Of(axis.Scale, Math.Max(2, (int)(width / (widest + 12))), axis.Whole);
    }

    private static void PaintPanel(Figure figure, int row, int column, Area area, Layout layout, ICanvas canvas)
    {
        var panel = figure.Rows[row][column];
        var plot = new Plot(area, panel.X.Scale, panel.Y.Scale, Downwards: panel.Marks.OfType<CellMark>().Any() && panel.Y.Names is not null);
        canvas.BeginGroup("panel", ("title", panel.Title), ("x", Describe(panel.X.Scale, area.X, area.X + area.Width)),
            ("y", plot.Downwards ? Describe(panel.Y.Scale, area.Y, area.Bottom) : Describe(panel.Y.Scale, area.Bottom, area.Y)));
        PaintTitle(panel, area, layout.Right, canvas);
        var ticks = YTicks(panel.Y, area.Height);
        if (!panel.Marks.OfType<CellMark>().Any())
        {
            foreach (var tick in ticks)
                canvas.Line([plot.At(panel.X.Scale.Low, tick.Value), plot.At(panel.X.Scale.High, tick.Value)], Palette.Grid, 0.5);
        }

        if (WritesNumbers(figure.Rows[row], column))
        {
            foreach (var tick in ticks)
                canvas.Text(new(area.X - 4, plot.At(panel.X.Scale.Low, tick.Value).Y + 2.4), tick.Label, new(Small, Palette.Faint, Anchor.End));
            if (column == 0 && panel.Y.Label.Length > 0)
                canvas.Text(new(Gap + Normal - 1, area.Y + (area.Height / 2)), panel.Y.Label, new(Normal, Palette.Ink, Anchor.Middle, Upwards: true));
        }

        PaintHorizontalAxis(panel, plot, !SharesX(figure) || row == figure.Rows.Count - 1, canvas);
        MarkPainter.Paint(panel.Marks, plot, canvas);
        canvas.EndGroup();
    }

    /// <summary>What a reader of the drawing needs to turn places back into values.</summary>
    private static string Describe(Scale scale, double from, double to) => string.Create(CultureInfo.InvariantCulture,
        $"{(scale.Kind == ScaleKind.Log ? "log" : "linear")} {scale.Low:R} {scale.High:R} {SvgCanvas.Number(from)} {SvgCanvas.Number(to)}");

    private static void PaintTitle(Panel panel, Area area, double right, ICanvas canvas)
    {
        var room = area.Width + right - 2;
        var title = Shorten(panel.Title, room, TitleSize, FontWeight.Medium);
        canvas.Text(new(area.X, area.Y - Gap), title, new(TitleSize, Palette.Ink, Weight: FontWeight.Medium));
        var used = Width(title, TitleSize, FontWeight.Medium) + 5;
        if (panel.Detail.Length > 0 && used + Width(panel.Detail, Small, FontWeight.Regular) <= room)
            canvas.Text(new(area.X + used, area.Y - Gap), panel.Detail, new(Small, Palette.Faint));
    }

    private static string Shorten(string text, double room, double size, FontWeight weight)
    {
        if (Width(text, size, weight) <= room)
            return text;
        var length = text.Length;
        while (length > 1 && Width(text[..length] + "…", size, weight) > room)
            length--;
        return text[..length].TrimEnd() + "…";
    }

    private static void PaintHorizontalAxis(Panel panel, Plot plot, bool numbers, ICanvas canvas)
    {
        var area = plot.Area;
        canvas.Line([new(area.X, area.Bottom), new(area.X + area.Width, area.Bottom)], Palette.Axis, 0.6);
        foreach (var tick in XTicks(panel.X, area.Width))
        {
            var x = plot.At(tick.Value, panel.Y.Scale.Low).X;
            canvas.Line([new(x, area.Bottom), new(x, area.Bottom + 2.2)], Palette.Axis, 0.6);
            if (numbers)
                canvas.Text(new(x, area.Bottom + 2.5 + Small), tick.Label, new(Small, Palette.Faint, Anchor.Middle));
        }

        if (numbers && panel.X.Label.Length > 0)
            canvas.Text(new(area.X + (area.Width / 2), area.Bottom + 4 + Small + Normal + 1), panel.X.Label, new(Normal, Palette.Ink, Anchor.Middle));
    }

    private static void PaintKey(Figure figure, ICanvas canvas)
    {
        var x = YLabelRoom(figure);
        foreach (var entry in figure.Key)
        {
            var y = Gap + Normal - 1;
            canvas.Line([new(x, y - 2.5), new(x + 16, y - 2.5)], entry.Colour, 1.3, entry.Style);
            canvas.Text(new(x + 19, y), entry.Label, new(Normal, Palette.Ink));
            x += 19 + Width(entry.Label, Normal, FontWeight.Regular) + 12;
        }
    }

    private static void PaintColourBar(Figure figure, Axis bar, Layout layout, ICanvas canvas)
    {
        const int Pieces = 64;
        var top = layout.Top + TitleSize + Gap;
        var height = Math.Min(((figure.Rows.Count - 1) * layout.RowHeight) + figure.PanelHeight, 260);
        var x = figure.Width - ColourBarRoom(bar) + 2;
        canvas.BeginGroup("colours", ("y", Describe(bar.Scale, top + height, top)));
        for (var i = 0; i < Pieces; i++)
        {
            // A little overlap hides the seams that antialiasing would leave.
            var piece = height / Pieces;
            canvas.Rectangle(x, top + height - ((i + 1) * piece), 7, piece + (i == 0 ? 0 : 0.3), Palette.Sequential((i + 0.5) / Pieces));
        }

        foreach (var tick in Ticks.Of(bar.Scale, Math.Max(2, (int)(height / 20)), bar.Whole))
        {
            var y = top + height - (bar.Scale.Share(tick.Value) * height);
            canvas.Line([new(x + 7, y), new(x + 9, y)], Palette.Axis, 0.6);
            canvas.Text(new(x + 10.5, y + 2.4), tick.Label, new(Small, Palette.Faint));
        }

        canvas.Text(new(figure.Width - 4, top + (height / 2)), bar.Label, new(Normal, Palette.Ink, Anchor.Middle, Upwards: true));
        canvas.EndGroup();
    }
}
