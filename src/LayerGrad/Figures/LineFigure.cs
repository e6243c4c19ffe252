namespace LayerGrad.Figures;

/// <summary>A place in a spectrum.</summary>
/// <param name="Index">Which singular value, counted from 1 at the largest.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct SpectrumPoint(int Index, double Value);

/// <summary>The mean spectrum of a projection's gradient, layer by layer.</summary>
/// <param name="Title">What stands above its panel.</param>
/// <param name="Detail">Beside it in grey; may be empty.</param>
/// <param name="Layers">For each layer its spectrum, largest first; an empty one is left out.</param>
internal sealed record SpectraPanel(string Title, string Detail, IReadOnlyList<IReadOnlyList<SpectrumPoint>> Layers);

/// <summary>A quantity that changes while a model is trained.</summary>
/// <param name="Title">What stands above its panel.</param>
/// <param name="Lines">A line a set: its label and a value a step.</param>
internal sealed record StepPanel(string Title, IReadOnlyList<(string Label, IReadOnlyList<double> Values)> Lines);

/// <summary>Figures of lines over something other than the layers: spectra, and curves over training steps.</summary>
internal static class LineFigure
{
    /// <summary>Singular values σᵢ over i on a logarithmic scale, a line a layer, coloured by depth.</summary>
    /// <param name="rows">A row a set, a panel a projection.</param>
    /// <param name="style">Size and axes.</param>
    /// <exception cref="InputException">There is nothing to draw.</exception>
    public static Figure OfSpectra(IReadOnlyList<IReadOnlyList<SpectraPanel>> rows, FigureStyle style)
    {
        var all = rows.SelectMany(row => row).ToArray();
        var depth = all.Max(panel => panel.Layers.Count);
        var longest = all.Max(panel => panel.Layers.Max(layer => layer.Count == 0 ? 0 : layer[^1].Index));
        if (longest == 0)
            throw new InputException("the runs hold no singular values; measure with --spectra");
        var x = new Axis("Index i", new Scale(ScaleKind.Linear, 1, Math.Max(2, longest)), Whole: true);
        var shared = style.SharedAxes ? Scale.Of(ScaleKind.Log, all.SelectMany(Values)) : null;
        var colours = new Scale(ScaleKind.Linear, 0, Math.Max(1, depth - 1));
        return new("Singular values of the gradient, a line a layer.", style.Width,
            [.. rows.Select(row => (IReadOnlyList<Panel>)[.. row.Select(panel => new Panel(panel.Title, panel.Detail, x,
                new Axis("σᵢ (nats)", shared ?? Scale.Of(ScaleKind.Log, Values(panel))), Lines(panel, colours)))])],
            Math.Clamp(0.8 * style.Width / rows[0].Count, 70, 130), [], new Axis("Layer", colours, Whole: true), style.Note);
    }

    /// <summary>A panel a projection, a line a set, over training steps.</summary>
    /// <param name="panels">The panels.</param>
    /// <param name="steps">The steps at which was measured, ascending.</param>
    /// <param name="quantity">What is drawn, with its unit.</param>
    /// <param name="style">Size and axes.</param>
    /// <exception cref="InputException">There is nothing to draw.</exception>
    public static Figure OfSteps(IReadOnlyList<StepPanel> panels, IReadOnlyList<double> steps, string quantity, FigureStyle style)
    {
        IEnumerable<double> Values(StepPanel panel) => panel.Lines.SelectMany(line => line.Values);
        var shared = style.SharedAxes ? Scale.Of(style.Kind, panels.SelectMany(Values)) : null;
        var x = new Axis("Training step", steps.Count > 1 ? new(ScaleKind.Linear, steps[0], steps[^1]) : new(ScaleKind.Linear, steps[0] - 1, steps[0] + 1), Whole: true);
        return new Figure($"{quantity} over training steps.", style.Width,
            [[.. panels.Select(panel => new Panel(panel.Title, "", x, new Axis(quantity, shared ?? Scale.Of(style.Kind, Values(panel))),
                [.. panel.Lines.Select((line, i) => new LineMark(line.Label, steps, line.Values, Palette.Line(i)))]))]],
            Math.Clamp(0.8 * style.Width / panels.Count, 74, 140),
            [.. panels[0].Lines.Select((line, i) => new KeyEntry(line.Label, Palette.Line(i), LineStyle.Solid))], ColourBar: null, style.Note).Telling(panels.SelectMany(Values), style);
    }

    private static IEnumerable<double> Values(SpectraPanel panel) => panel.Layers.SelectMany(layer => layer).Select(point => point.Value);

    private static List<Mark> Lines(SpectraPanel panel, Scale colours)
    {
        var marks = new List<Mark>();
        for (var layer = 0; layer < panel.Layers.Count; layer++)
        {
            var spectrum = panel.Layers[layer];
            if (spectrum.Count > 0)
                marks.Add(new LineMark($"layer {layer}", [.. spectrum.Select(point => (double)point.Index)], [.. spectrum.Select(point => point.Value)], Palette.Sequential(colours.Share(layer)), Width: 0.6));
        }

        return marks;
    }
}
