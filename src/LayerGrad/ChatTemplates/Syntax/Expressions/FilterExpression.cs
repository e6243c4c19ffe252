using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>value | filter(arguments)</c>.</summary>
internal sealed class FilterExpression(Position position, Expression value, string filter, ArgumentList arguments) : Expression(position)
{
    protected override Value Compute(Scope scope) => Filters.Apply(filter, value.Evaluate(scope), arguments.Evaluate(filter, scope));
}
