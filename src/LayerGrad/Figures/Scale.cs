namespace LayerGrad.Figures;

/// <summary>How a quantity is laid along an axis.</summary>
internal enum ScaleKind
{
    /// <summary>Equal distances are equal differences.</summary>
    Linear,

    /// <summary>Equal distances are equal ratios.</summary>
    Log,
}

/// <summary>The stretch of values that an axis or a colour bar shows.</summary>
/// <param name="Kind">Linear or logarithmic.</param>
/// <param name="Low">The value at its beginning.</param>
/// <param name="High">The value at its end; above <paramref name="Low"/>.</param>
internal sealed record Scale(ScaleKind Kind, double Low, double High)
{
    /// <summary>Where a value lies: 0 at <see cref="Low"/>, 1 at <see cref="High"/>.</summary>
    /// <param name="value">The value; on a logarithmic scale one that is not positive has no place and gives NaN.</param>
    public double Share(double value) => Kind == ScaleKind.Linear
        ? (value - Low) / (High - Low)
        : value > 0 ? Math.Log(value / Low) / Math.Log(High / Low) : double.NaN;

    /// <summary>The value at a place; the inverse of <see cref="Share"/>.</summary>
    public double Value(double share) => Kind == ScaleKind.Linear
        ? Low + (share * (High - Low))
        : Low * Math.Pow(High / Low, share);

    /// <summary>A scale over layers with half a layer of air at either end.</summary>
    /// <param name="layers">Their numbers, ascending.</param>
    public static Scale OfLayers(IReadOnlyList<int> layers) => new(ScaleKind.Linear, layers[0] - 0.5, layers[^1] + 0.5);

    /// <summary>
    /// The scale that shows all given values with a little air. A linear scale of values that are nowhere negative begins
    /// at zero, so that heights can be compared; a logarithmic one leaves out what is not positive.
    /// </summary>
    /// <param name="kind">Linear or logarithmic.</param>
    /// <param name="values">The values; those that are not finite are left out.</param>
    /// <param name="fromZero">Whether a linear scale of non-negative values begins at zero.</param>
    /// <exception cref="InputException">No value can be shown.</exception>
    public static Scale Of(ScaleKind kind, IEnumerable<double> values, bool fromZero = true)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var value in values)
        {
            if (!double.IsFinite(value) || (kind == ScaleKind.Log && value <= 0))
                continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high)
        {
            throw new InputException(kind == ScaleKind.Log
                ? "there is no positive value to draw on a logarithmic scale; leave --log out"
                : "there is no finite value to draw");
        }

        return kind == ScaleKind.Log ? OfRatio(low, high) : OfDifference(low, high, fromZero);
    }

    private static Scale OfRatio(double low, double high)
    {
        var air = low == high ? 2 : Math.Pow(high / low, 0.05);
        return new(ScaleKind.Log, low / air, high * air);
    }

    private static Scale OfDifference(double low, double high, bool fromZero)
    {
        if (low == high)
            return low == 0 ? new(ScaleKind.Linear, -1, 1) : new(ScaleKind.Linear, Math.Min(0, 2 * low), Math.Max(0, 2 * high));
        var air = 0.05 * (high - low);
        return new(ScaleKind.Linear, fromZero && low >= 0 ? 0 : low - air, high + air);
    }
}
