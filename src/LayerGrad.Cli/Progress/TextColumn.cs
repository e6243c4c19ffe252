using Spectre.Console;
using Spectre.Console.Rendering;

namespace LayerGrad.Cli.Progress;

/// <summary>A column beside a bar with a text that changes.</summary>
internal sealed class TextColumn(Func<string> text) : ProgressColumn
{
    /// <inheritdoc />
    protected override bool NoWrap => true;

    /// <inheritdoc />
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(text());
}
