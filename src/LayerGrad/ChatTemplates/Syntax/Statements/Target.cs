using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>What a value is assigned to: a variable, an attribute of a namespace, or a tuple of such.</summary>
internal sealed record Target(string? Variable, string? Attribute, IReadOnlyList<Target> Parts)
{
    /// <summary>Assigns a value.</summary>
    public void Assign(Scope scope, Value value)
    {
        if (Variable is null)
        {
            Unpack(scope, value);
            return;
        }

        if (Attribute is null)
        {
            scope.Set(Variable, value);
            return;
        }

        if (scope.Find(Variable) is not NamespaceValue space)
            throw new EvaluationException("cannot assign attribute on non-namespace object");
        space.Set(Attribute, value);
    }

    private void Unpack(Scope scope, Value value)
    {
        if (!value.IsIterable)
            throw new EvaluationException($"cannot unpack non-iterable {value.TypeName} object");
        var items = value.Elements().ToList();
        if (items.Count != Parts.Count)
        {
            throw new EvaluationException(items.Count < Parts.Count
                ? $"not enough values to unpack (expected {Parts.Count}, got {items.Count})"
                : $"too many values to unpack (expected {Parts.Count})");
        }

        for (var i = 0; i < items.Count; i++)
            Parts[i].Assign(scope, items[i]);
    }
}
