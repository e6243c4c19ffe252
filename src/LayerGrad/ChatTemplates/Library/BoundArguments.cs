using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Arguments in the order of the parameters; null where an argument was left out.</summary>
internal sealed class BoundArguments(string callee, string[] parameters, Value?[] values)
{
    /// <summary>The argument of a parameter, or null.</summary>
    public Value? this[int parameter] => values[parameter];

    /// <summary>An argument that must be there.</summary>
    public Value Required(int parameter) => values[parameter]
        ?? throw new EvaluationException($"{callee}() missing 1 required argument: '{parameters[parameter]}'");

    /// <summary>A required string.</summary>
    public string Text(int parameter)
    {
        var value = Required(parameter);
        return value is StringValue text
            ? text.Text
            : throw new EvaluationException($"{callee}() argument '{parameters[parameter]}' must be str, not {value.TypeName}");
    }

    /// <summary>A string that may be left out or None.</summary>
    public string? OptionalText(int parameter) => values[parameter] is null or NoneValue ? null : Text(parameter);

    /// <summary>An integer that may be left out.</summary>
    public int Integer(int parameter, int otherwise) => values[parameter] switch
    {
        null or NoneValue => otherwise,
        IntegralValue number when number.AsLong is >= int.MinValue and <= int.MaxValue => (int)number.AsLong,
        IntegralValue => throw new EvaluationException($"{callee}() argument '{parameters[parameter]}' is too large"),
        var value => throw new EvaluationException($"'{value.TypeName}' object cannot be interpreted as an integer"),
    };

    /// <summary>A truth value that may be left out.</summary>
    public bool Flag(int parameter, bool otherwise = false) => values[parameter]?.IsTrue ?? otherwise;
}
