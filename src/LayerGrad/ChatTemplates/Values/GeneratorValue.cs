namespace LayerGrad.ChatTemplates.Values;

/// <summary>
/// What the filters give that Jinja writes as generators (<c>map</c>, <c>select</c>, <c>reject</c>, <c>selectattr</c>, <c>rejectattr</c>,
/// <c>unique</c>, <c>batch</c>, <c>slice</c>, <c>items</c>, <c>reverse</c> of a list). It has no length, is always true, cannot be indexed or written as JSON, and
/// can be run through once. The elements are computed at once all the same: nothing is left to nest until somebody asks.
/// </summary>
internal sealed class GeneratorValue(ListValue elements, string typeName = "generator") : Value
{
    private int _next;

    public override long Size => elements.Size;

    public override long Breadth => elements.Breadth;

    public override int Levels => elements.Levels;

    public override string TypeName => typeName;

    public override string Text => $"<{typeName} object>";

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements()
    {
        while (_next < elements.Length)
            yield return elements.Items[_next++];
    }

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
