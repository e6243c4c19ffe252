using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>set target</c> ... <c>endset</c>: what the body writes, through the filters.</summary>
internal sealed class SetBlockStatement(Position position, Target target, FilterChain filters, IReadOnlyList<Statement> body) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var text = new LiteralExpression(Position, new StringValue(Capture(body, scope.Inner())));
        target.Assign(scope, filters.Around(text).Evaluate(scope));
        return Flow.Next;
    }
}
