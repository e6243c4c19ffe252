using LayerGrad.ChatTemplates.Library;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>A function, a method bound to its object, or a macro.</summary>
internal sealed class CallableValue(string name, Func<Arguments, Value> body) : Value
{
    public override string TypeName => "function";

    public override string Text => $"<function {name}>";

    public override Value Call(Arguments arguments)
    {
        var result = body(arguments);
        arguments.Budget.Spend(result);
        return result;
    }

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
