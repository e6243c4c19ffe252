using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed class LoopControlStatement(Position position, Flow flow) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output) => flow;
}
