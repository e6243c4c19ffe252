using Spectre.Console;
using Spectre.Console.Rendering;

namespace LayerGrad.Cli.Progress;

/// <summary>
/// A message that is written where a bar stands, which is then drawn anew below it. The bar is erased first: what of it reaches
/// beyond the message would stay.
/// </summary>
internal sealed class LineAboveBar(string message) : Renderable
{
    /// <summary>Erase from the cursor to the end of the screen (ECMA-48, ED).</summary>
    private const string EraseBelow = "\e[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        IRenderable text = new Text(PlainText.Message(message) + "\n");
        return [.. options.Ansi ? [Segment.Control(EraseBelow)] : Array.Empty<Segment>(), .. text.Render(options, maxWidth)];
    }
}
