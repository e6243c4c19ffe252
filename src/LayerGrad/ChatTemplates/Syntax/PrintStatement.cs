using System.Text;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary><c>{{ expression }}</c>.</summary>
internal sealed class PrintStatement(Position position, Expression expression) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        output.Append(expression.Evaluate(scope).Text);
        return Flow.Next;
    }
}
