using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>A dictionary <c>{key: value}</c>.</summary>
internal sealed class DictionaryExpression(Position position, IReadOnlyList<KeyValuePair<Expression, Expression>> entries) : Expression(position)
{
    protected override Value Compute(Scope scope) =>
        new DictionaryValue(entries.Select(entry => KeyValuePair.Create(entry.Key.Evaluate(scope), entry.Value.Evaluate(scope))));
}
