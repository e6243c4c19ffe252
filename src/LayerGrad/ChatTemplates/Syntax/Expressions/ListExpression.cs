using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>A list <c>[a, b]</c> or a tuple <c>(a, b)</c>.</summary>
internal sealed class ListExpression(Position position, IReadOnlyList<Expression> items, bool isTuple) : Expression(position)
{
    /// <summary>Its elements.</summary>
    public IReadOnlyList<Expression> Items => items;

    /// <summary>Whether it is a tuple.</summary>
    public bool IsTuple => isTuple;

    protected override Value Compute(Scope scope) => new ListValue([.. items.Select(item => item.Evaluate(scope))], isTuple);
}
