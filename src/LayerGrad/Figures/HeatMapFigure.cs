namespace LayerGrad.Figures;

/// <summary>A matrix of values for a panel of a heat map.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Detail">Beside it in grey; may be empty.</param>
/// <param name="Values">Row by row.</param>
internal sealed record HeatMap(string Title, string Detail, IReadOnlyList<IReadOnlyList<double>> Values);

/// <summary>Heat maps: layer by projection for each set, layer by training step, or example by example.</summary>
internal static class HeatMapFigure
{
    /// <summary>A panel a set, one below the other; a column a layer, a row a projection; one scale of colours for all.</summary>
    /// <param name="maps">The panels; rows are projections, columns layers.</param>
    /// <param name="projections">The names of the rows.</param>
    /// <param name="layers">The numbers of the columns, ascending.</param>
    /// <param name="quantity">What the colours stand for, with its unit.</param>
    /// <param name="style">Size and scale.</param>
    /// <exception cref="InputException">There is nothing to draw.</exception>
    public static Figure OfLayers(IReadOnlyList<HeatMap> maps, IReadOnlyList<string> projections, IReadOnlyList<int> layers, string quantity, FigureStyle style)
    {
        var colours = Colours(maps, quantity, style);
        var rows = new Axis("", new Scale(ScaleKind.Linear, -0.5, projections.Count - 0.5), Names: projections);
        var panels = maps.Select(map => new Panel(map.Title, map.Detail, new Axis("Layer", Scale.OfLayers(layers), Whole: true), rows,
            [new CellMark(map.Title, Edges([.. layers.Select(layer => (double)layer)]), map.Values, colours)]));
        return new Figure($"{quantity} by layer and projection, for {string.Join(", ", maps.Select(map => map.Title))}.", style.Width,
            [.. panels.Select(panel => (IReadOnlyList<Panel>)[panel])], Math.Clamp(projections.Count * 13, 26, 400), [], new Axis(quantity, colours), style.Note).Telling(Values(maps), style);
    }

    /// <summary>A row a set, a column a projection; in each panel training steps to the right, layers upwards.</summary>
    /// <param name="rows">The panels; their rows are layers, their columns steps.</param>
    /// <param name="steps">The steps at which was measured, ascending.</param>
    /// <param name="quantity">What the colours stand for, with its unit.</param>
    /// <param name="style">Size and scale.</param>
    /// <exception cref="InputException">There is nothing to draw.</exception>
    public static Figure OfSteps(IReadOnlyList<IReadOnlyList<HeatMap>> rows, IReadOnlyList<double> steps, string quantity, FigureStyle style)
    {
        var maps = rows.SelectMany(row => row).ToArray();
        var colours = Colours(maps, quantity, style);
        var edges = Edges(steps);
        var x = new Axis("Training step", new Scale(ScaleKind.Linear, edges[0], edges[^1]), Whole: true);
        var y = new Axis("Layer", new Scale(ScaleKind.Linear, -0.5, maps[0].Values.Count - 0.5), Whole: true);
        return new Figure($"{quantity} by layer and training step.", style.Width,
            [.. rows.Select(row => (IReadOnlyList<Panel>)[.. row.Select(map => new Panel(map.Title, map.Detail, x, y, [new CellMark(map.Title, edges, map.Values, colours)]))])],
            Math.Clamp(0.7 * style.Width / rows[0].Count, 60, 120), [], new Axis(quantity, colours), style.Note).Telling(Values(maps), style);
    }

    /// <summary>Names against names, a square a panel.</summary>
    /// <param name="maps">The panels; a row and a column a name.</param>
    /// <param name="names">The names of the rows and columns.</param>
    /// <param name="quantity">What the colours stand for.</param>
    /// <param name="style">Size and scale.</param>
    /// <exception cref="InputException">There is nothing to draw.</exception>
    public static Figure OfPairs(IReadOnlyList<HeatMap> maps, IReadOnlyList<string> names, string quantity, FigureStyle style)
    {
        var colours = Colours(maps, quantity, style);
        var edges = Edges([.. names.Select((_, i) => (double)i)]);
        var axis = new Axis("", new Scale(ScaleKind.Linear, -0.5, names.Count - 0.5), Names: names);
        return new Figure($"{quantity}, {string.Join(" against ", names)}.", style.Width,
            [[.. maps.Select(map => new Panel(map.Title, map.Detail, axis, axis, [new CellMark(map.Title, edges, map.Values, colours)]))]],
            Math.Clamp(0.5 * style.Width / maps.Count, 60, 200), [], new Axis(quantity, colours), style.Note);
    }

    /// <summary>The borders between places, half-way to each neighbour.</summary>
    private static double[] Edges(IReadOnlyList<double> places)
    {
        if (places.Count == 1)
            return [places[0] - 0.5, places[0] + 0.5];
        var edges = new double[places.Count + 1];
        for (var i = 1; i < places.Count; i++)
            edges[i] = (places[i - 1] + places[i]) / 2;
        edges[0] = (2 * places[0]) - edges[1];
        edges[^1] = (2 * places[^1]) - edges[^2];
        return edges;
    }

    private static IEnumerable<double> Values(IEnumerable<HeatMap> maps) => maps.SelectMany(map => map.Values).SelectMany(row => row);

    private static Scale Colours(IEnumerable<HeatMap> maps, string quantity, FigureStyle style)
    {
        var values = Values(maps).Where(double.IsFinite).ToArray();
        if (values.Length == 0)
            throw new InputException($"{quantity} is not a finite number anywhere; there is nothing to draw");
        if (style.Log)
            return Scale.Of(ScaleKind.Log, values);
        double low = values.Min(), high = values.Max();
        low = low >= 0 ? 0 : low;
        return low < high ? new(ScaleKind.Linear, low, high) : Scale.Of(ScaleKind.Linear, values);
    }
}
