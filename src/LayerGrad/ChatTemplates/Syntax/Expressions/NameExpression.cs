using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>A variable.</summary>
internal sealed class NameExpression(Position position, string name) : Expression(position)
{
    /// <summary>The variable's name.</summary>
    public string Name => name;

    protected override Value Compute(Scope scope) => scope.Find(name);
}
