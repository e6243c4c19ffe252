using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>owner[start:stop:step]</c>; null where a part is left out.</summary>
internal sealed class SliceExpression(Position position, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var value = owner.Evaluate(scope);
        value.RefuseUndefined();
        if (value is not (StringValue or ListValue))
            return UndefinedValue.OfMember(value, new StringValue("slice"));
        scope.Budget.Spend(value);
        var count = value.Length;
        var stride = Bound(step, scope) ?? 1;
        if (stride == 0)
            throw new EvaluationException("slice step cannot be zero");
        var (from, to) = stride > 0
            ? (Clamp(Bound(start, scope) ?? 0, 0, count, count), Clamp(Bound(stop, scope) ?? count, 0, count, count))
            : (Clamp(Bound(start, scope) ?? long.MaxValue, -1, count - 1, count), Clamp(Bound(stop, scope), -1, count - 1, count));
        if (value is StringValue text && stride == 1)
            return text.Slice((int)from, (int)Math.Max(from, to));
        stride = Math.Clamp(stride, -count - 1, count + 1);
        IReadOnlyList<Value> items = value is ListValue list ? list.Items : [.. value.Elements()];
        var taken = new List<Value>();
        for (var i = from; stride > 0 ? i < to : i > to; i += stride)
            taken.Add(items[(int)i]);
        return value is ListValue { IsTuple: var isTuple }
            ? new ListValue(taken, isTuple)
            : new StringValue(string.Concat(taken.Select(item => item.Text)));
    }

    private static long? Bound(Expression? bound, Scope scope) => bound?.Evaluate(scope) switch
    {
        null or NoneValue => null,
        IntegralValue number => number.AsLong,
        _ => throw new EvaluationException("slice indices must be integers or None or have an __index__ method"),
    };

    /// <summary>A bound within the list; a negative one counts from the end, none stands for before the start.</summary>
    private static long Clamp(long? bound, long lowest, long highest, long count) =>
        bound is null ? lowest : Math.Clamp(bound < 0 ? bound.Value + count : bound.Value, lowest, highest);
}
