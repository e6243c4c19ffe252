namespace LayerGrad.Runs.Tables;

/// <summary>The weights of a run as a grid: every projection at every layer.</summary>
internal sealed class WeightGrid
{
    private WeightGrid(int[] layers, string[] projections, int[] weights, string[] leftOut)
    {
        (Layers, Projections, Weights, LeftOut) = (layers, projections, weights, leftOut);
    }

    /// <summary>The numbers of the layers, ascending.</summary>
    public int[] Layers { get; }

    /// <summary>The projections that every layer has, in the order in which they are shown.</summary>
    public string[] Projections { get; }

    /// <summary>Positions in the run's weights, projection by projection, layer by layer.</summary>
    public int[] Weights { get; }

    /// <summary>Weights outside the grid: embeddings, heads, projections that some layers lack.</summary>
    public string[] LeftOut { get; }

    /// <summary>Lays out the weights of a run.</summary>
    /// <exception cref="InputException">No projection stands at every layer.</exception>
    public static WeightGrid Of(IReadOnlyList<WeightName> weights, string path)
    {
        var layers = weights.Where(weight => weight.Layer is not null).Select(weight => weight.Layer!.Value).Distinct().Order().ToArray();
        var columns = weights
            .Select((weight, at) => (weight.Layer, Projection: weight.Projection, weight.Name, At: at))
            .Where(weight => weight.Layer is not null)
            .GroupBy(weight => weight.Projection, StringComparer.Ordinal)
            .SelectMany(group => Distinguish([.. group]))
            .GroupBy(weight => weight.Projection, StringComparer.Ordinal)
            .Where(group => group.Count() == layers.Length)
            .OrderBy(group => group.Key, Comparer<string>.Create(WeightName.CompareProjections))
            .ToArray();
        if (columns.Length == 0)
            throw new InputException($"{path}: no projection has a weight at every layer; measure the same weights in every layer.");
        int[] grid = [.. columns.SelectMany(group => group.OrderBy(weight => weight.Layer).Select(weight => weight.At))];
        var used = grid.ToHashSet();
        return new WeightGrid(
            layers,
            [.. columns.Select(group => group.Key)],
            grid,
            [.. weights.Where((_, at) => !used.Contains(at)).Select(weight => weight.Name)]);
    }

    /// <summary>Where two weights of one layer share a projection's name, all of that name go by the part of their names behind the layer.</summary>
    private static IEnumerable<(int? Layer, string Projection, string Name, int At)> Distinguish((int? Layer, string Projection, string Name, int At)[] group) =>
        group.GroupBy(weight => weight.Layer).All(layer => layer.Count() == 1)
            ? group
            : group.Select(weight => weight with { Projection = BehindLayer(weight.Name, weight.Layer!.Value) });

    private static string BehindLayer(string name, int layer)
    {
        var mark = FormattableString.Invariant($".{layer}.");
        return name[(name.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..];
    }
}
