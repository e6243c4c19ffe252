namespace LayerGrad.Figures;

/// <summary>A statistic of one projection over the layers, averaged over a set's examples.</summary>
/// <param name="Projection">The projection, such as <c>Q</c>.</param>
/// <param name="Mean">Its mean, layer by layer; NaN where there is none.</param>
/// <param name="Low">The lower end of its interval, or null.</param>
/// <param name="High">The upper end of its interval, or null.</param>
internal sealed record Curve(string Projection, IReadOnlyList<double> Mean, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>What one panel of curves shows: a set of examples measured on a model.</summary>
/// <param name="Model">The model; sets of one model stand in one row.</param>
/// <param name="Quantity">What is drawn, with its unit, such as <c>Nuclear norm (nats)</c>.</param>
/// <param name="Label">The set's name.</param>
/// <param name="Detail">Beside it in grey, such as <c>n = 30</c>.</param>
/// <param name="Layers">The numbers of the layers, ascending.</param>
/// <param name="Curves">Its curves, a value a layer.</param>
/// <param name="Against">The curves they are compared against, drawn dashed; may be empty.</param>
internal sealed record CurveSet(string Model, string Quantity, string Label, string Detail, IReadOnlyList<int> Layers, IReadOnlyList<Curve> Curves, IReadOnlyList<Curve> Against);

/// <summary>How figures are drawn.</summary>
internal sealed record FigureStyle
{
    /// <summary>The width of a figure across one column of a two-column paper, in millimetres.</summary>
    public const double OneColumn = 84;

    /// <summary>The width of a figure across both columns, in millimetres.</summary>
    public const double TwoColumns = 174;

    /// <summary>The width of the figure in millimetres.</summary>
    public double Millimetres { get; init; } = TwoColumns;

    /// <summary>Whether panels of one model and quantity share their vertical axis.</summary>
    public bool SharedAxes { get; init; } = true;

    /// <summary>Whether values, or the colours of a heat map, are on a logarithmic scale.</summary>
    public bool Log { get; init; }

    /// <summary>A line in grey below the figure, or empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>What solid and dashed lines are, where curves are drawn against others; null: what the runs say.</summary>
    public (string Solid, string Dashed)? Names { get; init; }

    internal double Width => Millimetres * Figure.PointsPerMillimetre;

    internal ScaleKind Kind => Log ? ScaleKind.Log : ScaleKind.Linear;
}
