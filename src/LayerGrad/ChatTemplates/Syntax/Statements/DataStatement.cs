using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>Text outside tags.</summary>
internal sealed class DataStatement(Position position, string text) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        scope.Rendering.Write(output, text);
        return Flow.Next;
    }
}
