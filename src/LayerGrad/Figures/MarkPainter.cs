using System.Globalization;
using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>Paints the marks of a panel.</summary>
internal static class MarkPainter
{
    private const double LabelSize = 7.5, Seam = 0.3;

    public static void Paint(IReadOnlyList<Mark> marks, Plot plot, ICanvas canvas)
    {
        foreach (var mark in marks)
        {
            canvas.BeginGroup(mark switch { LineMark => "line", BandMark => "band", _ => "cells" }, ("name", Name(mark)));
            switch (mark)
            {
                case LineMark line:
                    PaintLine(line, plot, canvas);
                    break;
                case BandMark band:
                    PaintBand(band, plot, canvas);
                    break;
                case CellMark cells:
                    PaintCells(cells, plot, canvas);
                    break;
            }

            canvas.EndGroup();
        }

        PaintLabels([.. marks.OfType<LineMark>().Where(line => line.Label is not null)], plot, canvas);
    }

    private static string Name(Mark mark) => mark switch
    {
        LineMark line => line.Name,
        BandMark band => band.Name,
        CellMark cells => cells.Name,
        _ => throw new InvalidOperationException($"no painter for {mark.GetType().Name}"),
    };

    private static void PaintLine(LineMark line, Plot plot, ICanvas canvas)
    {
        foreach (var (start, end) in Runs(line.X.Count, i => Shown(plot, line.X[i], line.Y[i])))
        {
            // A value alone between missing ones, or a model of one layer, would be a line of no length.
            if (end - start == 1)
                canvas.Dot(plot.At(line.X[start], line.Y[start]), 1.6, line.Colour);
            else
                canvas.Line([.. Enumerable.Range(start, end - start).Select(i => plot.At(line.X[i], line.Y[i]))], line.Colour, line.Width, line.Style);
        }
    }

    private static void PaintBand(BandMark band, Plot plot, ICanvas canvas)
    {
        double Clamped(double value) => plot.Y.Kind == ScaleKind.Log ? Math.Max(value, plot.Y.Low) : value;
        foreach (var (start, end) in Runs(band.X.Count, i => double.IsFinite(band.Low[i]) && Shown(plot, band.X[i], band.High[i])))
        {
            // An interval alone between missing ones would be an area of no width.
            if (end - start == 1)
            {
                canvas.Line([plot.At(band.X[start], Clamped(band.Low[start])), plot.At(band.X[start], Clamped(band.High[start]))], band.Colour, 0.8, LineStyle.Solid);
                continue;
            }

            var forth = Enumerable.Range(start, end - start);
            canvas.Area([.. forth.Select(i => plot.At(band.X[i], Clamped(band.High[i]))), .. forth.Reverse().Select(i => plot.At(band.X[i], Clamped(band.Low[i])))], band.Colour, 0.18);
        }
    }

    private static void PaintCells(CellMark cells, Plot plot, ICanvas canvas)
    {
        for (var row = 0; row < cells.Values.Count; row++)
        {
            for (var column = 0; column < cells.Values[row].Count; column++)
            {
                Spot from = plot.At(cells.Columns[column], row - 0.5), to = plot.At(cells.Columns[column + 1], row + 0.5);
                // A little over the cells that are painted later, so that no seam shines through where edges are smoothed.
                double right = column + 1 < cells.Values[row].Count ? Seam : 0, onward = row + 1 < cells.Values.Count ? Math.CopySign(Seam, to.Y - from.Y) : 0;
                var value = cells.Values[row][column];
                var share = cells.Colours.Share(value);
                canvas.Rectangle(from.X, Math.Min(from.Y, to.Y + onward), to.X - from.X + right, Math.Abs(to.Y + onward - from.Y),
                    double.IsFinite(share) ? Palette.Sequential(share) : Palette.Missing, value);
            }
        }
    }

    private static bool Shown(Plot plot, double x, double y) => double.IsFinite(x) && double.IsFinite(plot.Y.Share(y));

    /// <summary>The stretches of indices, half-open, for which a condition holds.</summary>
    private static IEnumerable<(int Start, int End)> Runs(int count, Func<int, bool> holds)
    {
        for (var start = 0; start < count; start++)
        {
            if (!holds(start))
                continue;
            var end = start + 1;
            while (end < count && holds(end))
                end++;
            yield return (start, end);
            start = end;
        }
    }

    /// <summary>Writes each line's label beside its last point, moved apart just so far that none covers another.</summary>
    private static void PaintLabels(List<LineMark> lines, Plot plot, ICanvas canvas)
    {
        var labels = new List<(double Y, LineMark Line)>();
        foreach (var line in lines)
        {
            var last = Enumerable.Range(0, line.X.Count).LastOrDefault(i => Shown(plot, line.X[i], line.Y[i]), -1);
            if (last >= 0)
                labels.Add((plot.At(line.X[last], line.Y[last]).Y, line));
        }

        labels.Sort((a, b) => a.Y.CompareTo(b.Y));
        var heights = MoveApart([.. labels.Select(label => label.Y)], LabelSize, plot.Area.Y + 2, plot.Area.Bottom - 2);
        for (var i = 0; i < labels.Count; i++)
        {
            canvas.BeginGroup("label", ("of", labels[i].Line.Name), ("y", labels[i].Y.ToString("0.###", CultureInfo.InvariantCulture)));
            canvas.Text(new(plot.Area.X + plot.Area.Width + 2, heights[i] + 2.6), labels[i].Line.Label!, new(LabelSize, labels[i].Line.Colour, Weight: FontWeight.Medium));
            canvas.EndGroup();
        }
    }

    /// <summary>
    /// Heights at least <paramref name="distance"/> apart, in the given order, as near to the wanted ones as can be in the
    /// sense of least squares (pool adjacent violators), and within bounds where they fit.
    /// </summary>
    internal static double[] MoveApart(double[] wanted, double distance, double low, double high)
    {
        // Heights d apart and in order are the same as heights less i·d in order, which pooling finds.
        var pools = new List<(double Sum, int Count)>();
        for (var i = 0; i < wanted.Length; i++)
        {
            pools.Add((wanted[i] - (i * distance), 1));
            while (pools.Count > 1 && pools[^2].Sum / pools[^2].Count > pools[^1].Sum / pools[^1].Count)
            {
                pools[^2] = (pools[^2].Sum + pools[^1].Sum, pools[^2].Count + pools[^1].Count);
                pools.RemoveAt(pools.Count - 1);
            }
        }

        var bound = Math.Max(low, high - ((wanted.Length - 1) * distance));
        var moved = pools.SelectMany(pool => Enumerable.Repeat(Math.Clamp(pool.Sum / pool.Count, low, bound), pool.Count));
        return [.. moved.Select((height, i) => height + (i * distance))];
    }
}
