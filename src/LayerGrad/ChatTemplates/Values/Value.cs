using LayerGrad.ChatTemplates.Library;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>A value of a template, with the behaviour of the Python object that Jinja would have in its place.</summary>
internal abstract class Value : IEquatable<Value>
{
    /// <summary>The name of Python's type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>The truth value.</summary>
    public virtual bool IsTrue => true;

    /// <summary>What Python's <c>str</c> gives: the text that a template prints.</summary>
    public abstract string Text { get; }

    /// <summary>What Python's <c>repr</c> gives: how the value looks inside a printed list.</summary>
    public virtual string Representation => Text;

    /// <summary>How large the value is with everything inside it, in characters and elements; what occurs twice counts twice.</summary>
    public virtual long Size => Budget.ElementCost;

    /// <summary>How large the value is without what its elements hold.</summary>
    public virtual long Breadth => Size;

    /// <summary>How many levels of lists and dictionaries the value has: 0 for a text or number. Values cannot change, so none holds itself.</summary>
    public virtual int Levels => 0;

    /// <summary>What Python's <c>len</c> gives.</summary>
    public virtual int Length => throw new EvaluationException($"object of type '{TypeName}' has no len()");

    /// <summary>Whether the value can be iterated over.</summary>
    public virtual bool IsIterable => false;

    /// <summary>The elements in order: of a mapping its keys, of a string its code points.</summary>
    public virtual IEnumerable<Value> Elements() => throw new EvaluationException($"'{TypeName}' object is not iterable");

    /// <summary>Whether an element or key is in the value.</summary>
    public virtual bool Contains(Value element) => IsIterable
        ? Elements().Contains(element)
        : throw new EvaluationException($"argument of type '{TypeName}' is not iterable");

    /// <summary>The element at a key or position, or null.</summary>
    public virtual Value? Element(Value key) => null;

    /// <summary>A method or another attribute that is no element, or null.</summary>
    public virtual Value? Member(string name) => null;

    /// <summary>Calls the value.</summary>
    public virtual Value Call(Arguments arguments) => throw new EvaluationException($"'{TypeName}' object is not callable");

    /// <summary><c>value.name</c>: a method where there is one, otherwise an element.</summary>
    public Value Attribute(string name)
    {
        RefuseUndefined();
        return Member(name) ?? Element(new StringValue(name)) ?? UndefinedValue.OfMember(this, new StringValue(name));
    }

    /// <summary><c>value[key]</c>: an element where there is one, otherwise a method.</summary>
    public Value Subscript(Value key)
    {
        RefuseUndefined();
        return Element(key) ?? (key is StringValue name ? Member(name.Text) : null) ?? UndefinedValue.OfMember(this, key);
    }

    /// <summary>Fails where the value is undefined; everything else passes.</summary>
    public virtual void RefuseUndefined()
    {
    }

    /// <summary>The levels of a value of elements; refuses one that is too deep or too large, so that nothing walks it too long.</summary>
    /// <param name="elements">What it holds.</param>
    /// <returns>Its size and its levels.</returns>
    protected static (long Size, int Levels) Measure(IEnumerable<Value> elements)
    {
        long size = Budget.ElementCost;
        var levels = 0;
        foreach (var element in elements)
        {
            size += Budget.ElementCost + element.Size;
            levels = Math.Max(levels, element.Levels);
        }

        if (size > Budget.LargestValue)
            throw Budget.Exceeded(Budget.LargestValue, "characters in one value");
        if (levels >= Budget.DeepestValue)
            throw Budget.Exceeded(Budget.DeepestValue, "levels of lists in one another");
        return (size, levels + 1);
    }

    /// <inheritdoc/>
    public abstract bool Equals(Value? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public abstract override int GetHashCode();
}
