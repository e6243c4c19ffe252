using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>The arguments of a call, as the template wrote them.</summary>
/// <param name="callee">What is called, for messages.</param>
/// <param name="positional">Arguments without a name.</param>
/// <param name="named">Arguments with one.</param>
/// <param name="budget">What the rendering may still take.</param>
internal sealed class Arguments(string callee, IReadOnlyList<Value> positional, IReadOnlyDictionary<string, Value> named, Budget budget)
{
    /// <summary>What the rendering may still take.</summary>
    public Budget Budget => budget;

    /// <summary>Arguments without a name.</summary>
    public IReadOnlyList<Value> Positional => positional;

    /// <summary>Arguments with a name.</summary>
    public IReadOnlyDictionary<string, Value> Named => named;

    /// <summary>The same arguments without the first <paramref name="count"/> positional ones.</summary>
    public Arguments Skip(int count)
    {
        var all = positional is ArraySegment<Value> segment ? segment : new ArraySegment<Value>([.. positional]);
        return new Arguments(callee, all[Math.Min(count, all.Count)..], named, budget);
    }

    /// <summary>The same arguments, each changed.</summary>
    public Arguments Select(Func<Value, Value> change) => new(
        callee, [.. positional.Select(change)], named.ToDictionary(pair => pair.Key, pair => change(pair.Value), StringComparer.Ordinal), budget);

    /// <summary>Matches the arguments with parameters.</summary>
    /// <exception cref="EvaluationException">There are more, or ones of another name.</exception>
    public BoundArguments Bind(params string[] parameters)
    {
        if (positional.Count > parameters.Length)
            throw new EvaluationException($"{callee}() takes at most {parameters.Length} arguments, got {positional.Count}");
        var values = new Value?[parameters.Length];
        for (var i = 0; i < positional.Count; i++)
            values[i] = positional[i];
        foreach (var (name, value) in named)
        {
            var at = Array.IndexOf(parameters, name);
            if (at < 0)
                throw new EvaluationException($"{callee}() got an unexpected keyword argument '{name}'");
            if (values[at] is not null)
                throw new EvaluationException($"{callee}() got multiple values for argument '{name}'");
            values[at] = value;
        }

        return new BoundArguments(callee, parameters, values);
    }
}
