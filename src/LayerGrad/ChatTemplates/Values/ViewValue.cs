namespace LayerGrad.ChatTemplates.Values;

/// <summary>
/// What Python's <c>dict.items()</c>, <c>dict.keys()</c>, <c>dict.values()</c> and <c>range()</c> give: countable and iterable like a list,
/// but no list when it is printed, compared or written as JSON. Only a range can be indexed.
/// </summary>
/// <param name="typeName">Python's name of the type.</param>
/// <param name="elements">The elements.</param>
/// <param name="range">How a range prints; null for the views of a dictionary.</param>
internal sealed class ViewValue(string typeName, ListValue elements, string? range = null) : Value
{
    /// <summary>The elements as a list.</summary>
    public ListValue List => elements;

    /// <summary>Whether elements can be taken by their position.</summary>
    public bool IsIndexable => range is not null;

    public override long Size => elements.Size;

    public override long Breadth => elements.Breadth;

    public override int Levels => elements.Levels;

    public override string TypeName => typeName;

    public override bool IsTrue => elements.Length > 0;

    public override string Text => range ?? $"{typeName}({elements.Text})";

    public override int Length => elements.Length;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements() => elements.Items;

    public override Value? Element(Value key) => IsIndexable ? elements.Element(key) : null;

    public override bool Equals(Value? other) => other is ViewValue view && view.TypeName == typeName && view.List.Equals(elements);

    public override int GetHashCode() => elements.GetHashCode();
}
