using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>if</c> with its <c>elif</c> and <c>else</c> branches; it opens no scope.</summary>
internal sealed class IfStatement(Position position, IReadOnlyList<KeyValuePair<Expression, IReadOnlyList<Statement>>> branches, IReadOnlyList<Statement> otherwise) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition.Evaluate(scope).IsTrue)
                return ExecuteAll(body, scope, output);
        }

        return ExecuteAll(otherwise, scope, output);
    }
}
