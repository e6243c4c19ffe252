namespace LayerGrad.ChatTemplates.Values;

/// <summary>The variable <c>loop</c> inside a <c>for</c> statement.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items) : Value
{
    private Value? _changedFrom;

    /// <summary>The current iteration, from 0.</summary>
    public int Index { get; set; }

    public override string TypeName => "LoopContext";

    public override string Text => $"<LoopContext {Index + 1}/{items.Count}>";

    public override int Length => items.Count;

    public override Value? Member(string name) => name switch
    {
        "index" => new IntegerValue(Index + 1),
        "index0" => new IntegerValue(Index),
        "revindex" => new IntegerValue(items.Count - Index),
        "revindex0" => new IntegerValue(items.Count - Index - 1),
        "first" => BooleanValue.Of(Index == 0),
        "last" => BooleanValue.Of(Index == items.Count - 1),
        "length" => new IntegerValue(items.Count),
        // Jinja counts the depth of recursive loops only, which are not supported here.
        "depth" => new IntegerValue(1),
        "depth0" => new IntegerValue(0),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new CallableValue(name, arguments => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw new EvaluationException("no items for cycling given")),
        "changed" => new CallableValue(name, arguments => BooleanValue.Of(Changed(new ListValue(arguments.Positional, isTuple: true)))),
        _ => null,
    };

    private bool Changed(ListValue current)
    {
        var changed = !current.Equals(_changedFrom);
        _changedFrom = current;
        return changed;
    }

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
