using System.Globalization;
using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>A figure: rows of panels, a key where labels at the lines do not say all, and a colour bar for heat maps.</summary>
/// <param name="Description">What the figure shows, in a sentence, for readers who cannot see it.</param>
/// <param name="Width">Its width in points (1/72 inch).</param>
/// <param name="Rows">Its panels, row by row.</param>
/// <param name="PanelHeight">The height of a panel's plotting area in points.</param>
/// <param name="Key">The entries above the panels.</param>
/// <param name="ColourBar">The quantity and scale of the colours, or null.</param>
/// <param name="Note">A line in grey below, or empty.</param>
internal sealed record Figure(
    string Description, double Width, IReadOnlyList<IReadOnlyList<Panel>> Rows, double PanelHeight,
    IReadOnlyList<KeyEntry> Key, Axis? ColourBar, string Note)
{
    /// <summary>How many values have no place in the figure because they are not positive and its scale is logarithmic.</summary>
    public int LeftOut { get; init; }

    /// <summary>Says in the figure's note how many values a logarithmic scale leaves out.</summary>
    /// <param name="values">What is drawn.</param>
    /// <param name="style">Whether the scale is logarithmic.</param>
    internal Figure Telling(IEnumerable<double> values, FigureStyle style)
    {
        if (!style.Log)
            return this;
        var (count, leftOut) = (0, 0);
        foreach (var value in values)
        {
            count++;
            leftOut += value <= 0 ? 1 : 0;
        }

        if (leftOut == 0)
            return this;
        var told = string.Create(CultureInfo.InvariantCulture, $"{leftOut} of {count} values are not positive and have no place on the logarithmic scale.");
        return Noting(told) with { LeftOut = leftOut };
    }

    /// <summary>Adds a sentence to the note.</summary>
    internal Figure Noting(string sentence) => this with { Note = Note.Length == 0 ? sentence : $"{Note} {sentence}" };

    /// <summary>Points in a millimetre.</summary>
    public const double PointsPerMillimetre = 72 / 25.4;
}

/// <summary>An entry of a figure's key: a sample of line and what it stands for.</summary>
/// <param name="Label">What it stands for.</param>
/// <param name="Colour">The sample's colour.</param>
/// <param name="Style">The sample's style.</param>
internal sealed record KeyEntry(string Label, Rgb Colour, LineStyle Style);
