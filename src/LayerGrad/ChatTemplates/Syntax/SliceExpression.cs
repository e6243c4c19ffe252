using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary><c>owner[start:stop:step]</c>; null where a part is left out.</summary>
internal sealed class SliceExpression(Position position, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var value = owner.Evaluate(scope);
        value.RefuseUndefined();
        if (value is not (StringValue or ListValue))
            return UndefinedValue.OfMember(value, new StringValue("slice"));
        IReadOnlyList<Value> items = value is ListValue list ? list.Items : [.. value.Elements()];
        var stride = Bound(step, scope) ?? 1;
        if (stride == 0)
            throw new EvaluationException("slice step cannot be zero");
        var (from, to) = stride > 0
            ? (Clamp(Bound(start, scope) ?? 0, 0, items.Count, items.Count), Clamp(Bound(stop, scope) ?? items.Count, 0, items.Count, items.Count))
            : (Clamp(Bound(start, scope) ?? long.MaxValue, -1, items.Count - 1, items.Count), Clamp(Bound(stop, scope), -1, items.Count - 1, items.Count));
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
