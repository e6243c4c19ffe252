namespace LayerGrad.Figures;

/// <summary>An axis of a panel.</summary>
/// <param name="Label">What it shows, with its unit; empty for none.</param>
/// <param name="Scale">What it spans.</param>
/// <param name="Whole">Whether only whole numbers are written at it.</param>
/// <param name="Names">Names written at 0, 1, 2, … instead of numbers, or null.</param>
internal sealed record Axis(string Label, Scale Scale, bool Whole = false, IReadOnlyList<string>? Names = null);

/// <summary>One plot within a figure.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Detail">What stands beside the title in grey, such as the number of examples; may be empty.</param>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis; a heat map's names are written from the top down.</param>
/// <param name="Marks">What is drawn, from the back to the front.</param>
internal sealed record Panel(string Title, string Detail, Axis X, Axis Y, IReadOnlyList<Mark> Marks);
