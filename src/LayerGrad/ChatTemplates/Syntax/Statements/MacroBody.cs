using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Syntax.Expressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>The parameters of a macro, with their defaults where they have any, and what it writes.</summary>
internal sealed record MacroBody(IReadOnlyList<KeyValuePair<string, Expression?>> Parameters, IReadOnlyList<Statement> Body)
{
    /// <summary>The macro as a value that remembers the scope in which it was defined.</summary>
    public CallableValue Bind(string name, Scope scope) => new(name, arguments => new StringValue(Call(name, arguments, scope)));

    private string Call(string name, Arguments arguments, Scope scope)
    {
        var inner = scope.Inner();
        if (arguments.Positional.Count > Parameters.Count)
            throw new EvaluationException($"macro '{name}' takes not more than {Parameters.Count} argument(s)");
        foreach (var given in arguments.Named.Keys)
        {
            if (given != "caller" && !Parameters.Any(parameter => parameter.Key == given))
                throw new EvaluationException($"macro '{name}' takes no keyword argument '{given}'");
        }

        for (var i = 0; i < Parameters.Count; i++)
        {
            var (parameter, otherwise) = Parameters[i];
            var value = i < arguments.Positional.Count ? arguments.Positional[i] : arguments.Named.GetValueOrDefault(parameter);
            inner.Set(parameter, value ?? otherwise?.Evaluate(inner) ?? new UndefinedValue($"parameter '{parameter}' was not provided"));
        }

        if (arguments.Named.TryGetValue("caller", out var caller))
            inner.Set("caller", caller);
        return Statement.Capture(Body, inner);
    }
}
