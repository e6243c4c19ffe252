using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>A number, a string, or one of the constants.</summary>
internal sealed class LiteralExpression(Position position, Value value) : Expression(position)
{
    /// <summary>What it stands for.</summary>
    public Value Value => value;

    protected override Value Compute(Scope scope) => value;
}
