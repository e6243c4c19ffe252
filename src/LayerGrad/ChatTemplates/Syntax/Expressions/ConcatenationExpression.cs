using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>a ~ b ~ c</c>: the texts of the operands.</summary>
internal sealed class ConcatenationExpression(Position position, IReadOnlyList<Expression> operands) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var texts = new string[operands.Count];
        long length = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            var value = operands[i].Evaluate(scope);
            scope.Budget.SpendWhole(value);
            texts[i] = value.Text;
            length += texts[i].Length;
        }

        Budget.RefuseText(length);
        scope.Budget.Spend(length);
        return new StringValue(string.Concat(texts));
    }
}
