using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>The paper's figure: a panel a set, a line a projection, over the layers.</summary>
internal static class CurveFigure
{
    /// <summary>How many lines a panel can carry and still be read; as many as there are colours.</summary>
    internal const int MostLines = 8;

    private const double NarrowestPanel = 76;

    /// <summary>Draws sets of curves: a row a model and quantity, wrapped where the sets are too many for the width.</summary>
    /// <param name="sets">The sets, in the order in which they are shown.</param>
    /// <param name="style">Size, axes and names.</param>
    /// <exception cref="InputException">There is nothing to draw, or too much for a reader to tell apart.</exception>
    public static Figure Create(IReadOnlyList<CurveSet> sets, FigureStyle style)
    {
        Check(sets);
        var rows = new List<IReadOnlyList<Panel>>();
        var models = sets.Select(set => set.Model).Distinct().ToArray();
        foreach (var row in sets.GroupBy(set => (set.Model, set.Quantity)))
        {
            var panels = Panels([.. row], models.Length > 1, style);
            rows.AddRange(panels.Chunk(PanelsPerRow(panels.Count, style.Width)));
        }

        var columns = rows.Max(row => row.Count);
        var height = Math.Clamp(0.78 * style.Width / columns, 74, 140);
        KeyEntry[] key = style.Names is { } names && sets.Any(set => set.Against.Count > 0)
            ? [new(names.Solid, Palette.Ink, LineStyle.Solid), new(names.Dashed, Palette.Ink, LineStyle.Dashed)]
            : [];
        var description = $"{string.Join("; ", sets.Select(set => set.Quantity).Distinct())} over the layers, a line a projection, for {string.Join(", ", sets.Select(set => set.Label).Distinct())}.";
        return new Figure(description, style.Width, rows, height, key, ColourBar: null, style.Note)
            .Telling(sets.SelectMany(set => set.Curves.Concat(set.Against)).SelectMany(curve => curve.Mean), style);
    }

    /// <summary>As many panels side by side as fit, in rows of nearly equal length.</summary>
    private static int PanelsPerRow(int panels, double width)
    {
        var most = Math.Max(1, (int)(width / NarrowestPanel));
        var rows = (panels + most - 1) / most;
        return (panels + rows - 1) / rows;
    }

    private static List<Panel> Panels(IReadOnlyList<CurveSet> sets, bool nameModel, FigureStyle style)
    {
        var colours = sets.SelectMany(set => set.Curves).Select(curve => curve.Projection).Distinct().Select((name, i) => (name, Palette.Line(i)))
            .ToDictionary(pair => pair.name, pair => pair.Item2);
        var shared = style.SharedAxes ? Scale.Of(style.Kind, sets.SelectMany(Values)) : null;
        return [.. sets.Select(set => new Panel(
            nameModel ? $"{set.Model}: {set.Label}" : set.Label,
            set.Detail,
            new Axis("Layer", Scale.OfLayers(set.Layers), Whole: true),
            new Axis(set.Quantity, shared ?? Scale.Of(style.Kind, Values(set))),
            Marks(set, colours)))];
    }

    private static List<Mark> Marks(CurveSet set, Dictionary<string, Rgb> colours)
    {
        var layers = set.Layers.Select(layer => (double)layer).ToArray();
        var marks = new List<Mark>();
        foreach (var curve in set.Against.Concat(set.Curves))
        {
            if (curve is { Low: { } low, High: { } high })
                marks.Add(new BandMark(curve.Projection, layers, low, high, colours[curve.Projection]));
        }

        foreach (var curve in set.Against)
            marks.Add(new LineMark($"{curve.Projection} against", layers, curve.Mean, colours[curve.Projection], LineStyle.Dashed));
        foreach (var curve in set.Curves)
            marks.Add(new LineMark(curve.Projection, layers, curve.Mean, colours[curve.Projection], Label: curve.Projection));
        return marks;
    }

    private static IEnumerable<double> Values(CurveSet set) => set.Curves.Concat(set.Against)
        .SelectMany(curve => curve.Mean.Concat(curve.Low ?? []).Concat(curve.High ?? []));

    private static void Check(IReadOnlyList<CurveSet> sets)
    {
        foreach (var set in sets)
        {
            if (!set.Curves.SelectMany(curve => curve.Mean).Any(double.IsFinite))
                throw new InputException($"{set.Label}: {set.Quantity} is not a finite number in any layer; there is nothing to draw");
            if (set.Curves.Count > MostLines)
                throw new InputException($"{set.Label}: {set.Curves.Count} projections are too many for one panel; choose at most {MostLines} with --projections, or --kind heatmap");
            if (set.Curves.Concat(set.Against).Any(curve => curve.Mean.Count != set.Layers.Count))
                throw new InputException($"{set.Label}: its runs differ in their number of layers");
        }
    }
}
