using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>Something drawn in a panel, in the units of its axes.</summary>
internal abstract record Mark;

/// <summary>How a line is drawn.</summary>
internal enum LineStyle
{
    /// <summary>Unbroken.</summary>
    Solid,

    /// <summary>Dashed: what is compared against.</summary>
    Dashed,
}

/// <summary>A line through points; it breaks where a value is not finite.</summary>
/// <param name="Name">What it stands for, written into the drawing.</param>
/// <param name="X">Horizontal values.</param>
/// <param name="Y">Vertical values, as many.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Style">Solid or dashed.</param>
/// <param name="Label">What is written at its right end, or null.</param>
/// <param name="Width">Its width in points.</param>
internal sealed record LineMark(
    string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, Rgb Colour, LineStyle Style = LineStyle.Solid, string? Label = null, double Width = 1.1) : Mark;

/// <summary>The area between two lines, such as an interval; it breaks where either is not finite.</summary>
/// <param name="Name">What it stands for.</param>
/// <param name="X">Horizontal values.</param>
/// <param name="Low">Lower ends, as many.</param>
/// <param name="High">Upper ends, as many.</param>
/// <param name="Colour">Its colour, drawn translucent.</param>
internal sealed record BandMark(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Low, IReadOnlyList<double> High, Rgb Colour) : Mark;

/// <summary>The cells of a heat map: a matrix of values whose cell (row, column) is centred on these numbers.</summary>
/// <param name="Name">What it stands for.</param>
/// <param name="Columns">The edges between columns on the horizontal axis: one more than there are columns.</param>
/// <param name="Values">Rows of values; row r lies between r − 0.5 and r + 0.5 on the vertical axis. NaN is drawn grey.</param>
/// <param name="Colours">The scale that colours stand for.</param>
internal sealed record CellMark(string Name, IReadOnlyList<double> Columns, IReadOnlyList<IReadOnlyList<double>> Values, Scale Colours) : Mark;
