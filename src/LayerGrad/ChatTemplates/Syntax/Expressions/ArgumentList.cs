using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>The arguments of a call: positional, named, <c>*list</c> and <c>**dictionary</c>.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<KeyValuePair<string, Expression>> Named,
    Expression? Spread,
    Expression? NamedSpread)
{
    /// <summary>No arguments.</summary>
    public static readonly ArgumentList Empty = new([], [], null, null);

    /// <summary>The values of the arguments.</summary>
    /// <param name="callee">What is called, for errors.</param>
    /// <param name="scope">Where.</param>
    /// <param name="more">Further named values.</param>
    public Arguments Evaluate(string callee, Scope scope, params KeyValuePair<string, Value>[] more)
    {
        var positional = new List<Value>(Positional.Count);
        foreach (var argument in Positional)
            positional.Add(argument.Evaluate(scope));
        if (Spread is not null)
            positional.AddRange(Spread.Evaluate(scope).Elements());
        var named = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, argument) in Named)
            AddTo(named, callee, name, argument.Evaluate(scope));
        foreach (var (name, value) in NamedSpread is null ? [] : Entries(NamedSpread.Evaluate(scope)))
            AddTo(named, callee, name.Text, value);
        foreach (var (name, value) in more)
            AddTo(named, callee, name, value);
        var arguments = new Arguments(callee, positional, named, scope.Budget);
        foreach (var value in positional)
            scope.Budget.Spend(value);
        return arguments;
    }

    private static IReadOnlyList<KeyValuePair<Value, Value>> Entries(Value value) => value is DictionaryValue dictionary
        ? dictionary.Entries
        : throw new EvaluationException($"argument after ** must be a mapping, not {value.TypeName}");

    private static void AddTo(Dictionary<string, Value> named, string callee, string name, Value value)
    {
        if (!named.TryAdd(name, value))
            throw new EvaluationException($"{callee}() got multiple values for keyword argument '{name}'");
    }
}
