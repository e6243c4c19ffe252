namespace LayerGrad.ChatTemplates.Values;

/// <summary>Jinja's <c>namespace</c>: the one thing whose attributes a template can set.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public override string Text => "<Namespace>";

    /// <summary>Sets an attribute.</summary>
    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Element(Value key) => key is StringValue name && _attributes.TryGetValue(name.Text, out var value) ? value : null;

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
