namespace LayerGrad.Figures.Canvases;

/// <summary>A place on the paper, in points from the top left.</summary>
internal readonly record struct Spot(double X, double Y);

/// <summary>A weight of the figures' typeface.</summary>
internal enum FontWeight
{
    Regular,
    Medium,
}

/// <summary>Which part of a text stands at the place it is drawn at.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>How a text is drawn.</summary>
internal readonly record struct TextStyle(double Size, Rgb Colour, Anchor Anchor = Anchor.Start, FontWeight Weight = FontWeight.Regular, bool Upwards = false);

/// <summary>What a figure is painted on: the few shapes that SVG and PDF share.</summary>
internal interface ICanvas
{
    /// <summary>Begins a group, named and annotated where the format can say so.</summary>
    void BeginGroup(string kind, params ReadOnlySpan<(string Name, string Value)> data);

    void EndGroup();

    void Line(IReadOnlyList<Spot> spots, Rgb colour, double width, LineStyle style = LineStyle.Solid);

    void Area(IReadOnlyList<Spot> outline, Rgb colour, double opacity);

    /// <summary>A filled rectangle; a value given with it is written into the drawing.</summary>
    void Rectangle(double x, double y, double width, double height, Rgb colour, double? value = null);

    void Dot(Spot centre, double radius, Rgb colour);

    /// <summary>A text whose base line stands at a place.</summary>
    void Text(Spot at, string text, TextStyle style);
}
