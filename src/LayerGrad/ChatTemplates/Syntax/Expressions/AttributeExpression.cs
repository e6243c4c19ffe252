using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>owner.name</c>.</summary>
internal sealed class AttributeExpression(Position position, Expression owner, string name) : Expression(position)
{
    /// <summary>What has the attribute.</summary>
    public Expression Owner => owner;

    /// <summary>The attribute's name.</summary>
    public string Name => name;

    protected override Value Compute(Scope scope) => owner.Evaluate(scope).Attribute(name);
}
