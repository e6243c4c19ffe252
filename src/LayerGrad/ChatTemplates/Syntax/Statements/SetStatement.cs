using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>set target = expression</c>.</summary>
internal sealed class SetStatement(Position position, Target target, Expression expression) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        target.Assign(scope, expression.Evaluate(scope));
        return Flow.Next;
    }
}
