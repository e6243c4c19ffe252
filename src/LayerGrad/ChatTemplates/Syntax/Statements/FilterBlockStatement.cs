using System.Text;
using LayerGrad.ChatTemplates.Syntax.Expressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary><c>filter name</c> ... <c>endfilter</c>: what the body writes, through the filters.</summary>
internal sealed class FilterBlockStatement(Position position, FilterChain filters, IReadOnlyList<Statement> body) : Statement(position)
{
    protected override Flow Run(Scope scope, StringBuilder output)
    {
        var text = new LiteralExpression(Position, new StringValue(Capture(body, scope.Inner())));
        scope.Rendering.Write(output, filters.Around(text).Evaluate(scope).Text);
        return Flow.Next;
    }
}
