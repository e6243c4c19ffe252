using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary><c>a ~ b ~ c</c>: the texts of the operands.</summary>
internal sealed class ConcatenationExpression(Position position, IReadOnlyList<Expression> operands) : Expression(position)
{
    protected override Value Compute(Scope scope) => new StringValue(string.Concat(operands.Select(operand => operand.Evaluate(scope).Text)));
}
