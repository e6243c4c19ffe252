namespace LayerGrad.ChatTemplates.Values;

/// <summary>
/// What a name, key or attribute gives that does not exist. It prints nothing, is false and has no elements;
/// anything more is an error.
/// </summary>
internal sealed class UndefinedValue(string message) : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override string Text => "";

    public override string Representation => "Undefined";

    public override int Length => 0;

    public override bool IsIterable => true;

    /// <summary>A variable that was never set.</summary>
    public static UndefinedValue OfName(string name) => new($"'{name}' is undefined");

    /// <summary>An element or attribute that an object does not have.</summary>
    public static UndefinedValue OfMember(Value owner, Value key)
    {
        var type = owner is NoneValue ? "None" : owner.TypeName + " object";
        return new UndefinedValue(key is StringValue
            ? $"'{type}' has no attribute {key.Representation}"
            : $"{type} has no element {key.Representation}");
    }

    /// <summary>A method that changes its object, which templates may not.</summary>
    public static UndefinedValue OfUnsafe(Value owner, string name) =>
        new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.");

    public override void RefuseUndefined() => throw new EvaluationException(message);

    public override IEnumerable<Value> Elements() => [];

    public override Value Call(Library.Arguments arguments) => throw new EvaluationException(message);

    public override bool Equals(Value? other) => other is UndefinedValue;

    public override int GetHashCode() => 1;
}
