using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>with name = expression, ...</c>: a scope of its own.</summary>
internal sealed class WithStatement(Position position, IReadOnlyList<KeyValuePair<Target, Expression>> assignments, IReadOnlyList<Statement> body) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        foreach (var (target, expression) in assignments)
            target.Assign(inner, expression.Evaluate(scope));
        return ExecuteAll(body, inner, output);
    }
}
