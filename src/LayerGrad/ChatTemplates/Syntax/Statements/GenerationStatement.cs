using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>
/// <c>generation</c> ... <c>endgeneration</c>: what the assistant says. transformers makes a call of a macro of it, so that variables set
/// inside stay inside, and notes where the text stands.
/// </summary>
internal sealed class GenerationStatement(Position position, IReadOnlyList<Statement> body) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var text = Capture(body, scope.Inner());
        var start = scope.Rendering.Output.Length;
        scope.Rendering.Generations.Add(start..(start + text.Length));
        scope.Rendering.Write(output, text);
        return Flow.Next;
    }
}
