using LayerGrad.Figures.Canvases;

namespace LayerGrad.Figures;

/// <summary>A rectangle on the paper, in points.</summary>
internal readonly record struct Area(double X, double Y, double Width, double Height)
{
    public double Bottom => Y + Height;
}

/// <summary>The plotting area of a panel with its two scales: where a pair of values lies on the paper.</summary>
/// <param name="Area">The area.</param>
/// <param name="X">The horizontal scale.</param>
/// <param name="Y">The vertical scale.</param>
/// <param name="Downwards">Whether vertical values grow downwards, as the rows of a table do.</param>
internal sealed record Plot(Area Area, Scale X, Scale Y, bool Downwards)
{
    public Spot At(double x, double y)
    {
        var height = Y.Share(y) * Area.Height;
        return new(Area.X + (X.Share(x) * Area.Width), Downwards ? Area.Y + height : Area.Bottom - height);
    }
}
