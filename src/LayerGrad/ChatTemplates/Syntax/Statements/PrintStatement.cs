using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>{{ expression }}</c>.</summary>
internal sealed class PrintStatement(Position position, Expression expression) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var value = expression.Evaluate(scope);
        scope.Budget.SpendWhole(value);
        scope.Rendering.Write(output, value.Text);
        return Flow.Next;
    }
}
