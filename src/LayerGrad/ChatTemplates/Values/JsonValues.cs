using LayerGrad.Json;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>Template values of foreign JSON: what Python's <c>json.loads</c> would give. The reader bounds how deep the JSON nests.</summary>
internal static class JsonValues
{
    /// <summary>The value of JSON.</summary>
    /// <exception cref="InputException">It holds an integer beyond 64 bits, or a text that is not Unicode.</exception>
    /// <exception cref="EvaluationException">It is larger than values may be.</exception>
    public static Value Of(JsonValue json)
    {
        if (json.IsNull)
            return NoneValue.Instance;
        if (json.IsObject)
            return Dictionary(json.Members());
        if (json.IsArray)
            return new ListValue([.. json.Items().Select(Of)]);
        if (json.IsNumber)
            return Number(json);
        return json.IsText ? new StringValue(json.AsText()) : BooleanValue.Of(json.AsBool());
    }

    /// <summary>A dictionary of JSON members.</summary>
    public static DictionaryValue Dictionary(IEnumerable<KeyValuePair<string, JsonValue>> members) =>
        new(members.Select(static member => KeyValuePair.Create<Value, Value>(new StringValue(member.Key), Of(member.Value))));

    /// <summary>Python reads a number without a fraction or exponent as an integer.</summary>
    private static NumberValue Number(JsonValue json)
    {
        var isWhole = json.Element.ValueKind == System.Text.Json.JsonValueKind.Number && json.Element.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        return isWhole ? new IntegerValue(json.AsLong()) : new FloatValue(json.AsAnyDouble());
    }
}
