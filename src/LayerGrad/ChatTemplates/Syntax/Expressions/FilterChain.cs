namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>The filters of a <c>set</c> or <c>filter</c> block, in the order in which they are applied.</summary>
internal sealed record FilterChain(IReadOnlyList<(Position Position, string Name, ArgumentList Arguments)> Filters)
{
    /// <summary>A value through the filters.</summary>
    public Expression Around(Expression value)
    {
        foreach (var (position, name, arguments) in Filters)
            value = new FilterExpression(position, value, name, arguments);
        return value;
    }
}
