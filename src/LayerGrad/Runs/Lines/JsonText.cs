using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LayerGrad.Runs.Lines;

/// <summary>
/// JSON strings with Unicode as it is. The encoders of System.Text.Json write characters beyond the basic plane
/// (emoji) as escapes, whichever is chosen; a run file is read by people too.
/// </summary>
internal static class JsonText
{
    private static readonly SearchValues<char> s_special = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F");

    /// <summary>Writes a property whose value is a string.</summary>
    public static void WriteText(this Utf8JsonWriter writer, string name, string value)
    {
        writer.WritePropertyName(name);
        writer.WriteText(value);
    }

    /// <summary>Writes a string as a value.</summary>
    public static void WriteText(this Utf8JsonWriter writer, string value) => writer.WriteRawValue(Quote(value), skipInputValidation: true);

    /// <summary>The string in quotation marks; only what JSON demands, DEL and unpaired surrogates are escaped.</summary>
    private static string Quote(string value)
    {
        if (value.AsSpan().IndexOfAny(s_special) < 0 && !value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return $"\"{value}\"";
        var text = new StringBuilder(value.Length + 16).Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
                text.Append(c).Append(value[++i]);
            else if (s_special.Contains(c) || char.IsSurrogate(c))
                Escape(text, c);
            else
                text.Append(c);
        }

        return text.Append('"').ToString();
    }

    private static void Escape(StringBuilder text, char c) => _ = c switch
    {
        '"' => text.Append("\\\""),
        '\\' => text.Append("\\\\"),
        '\n' => text.Append("\\n"),
        '\r' => text.Append("\\r"),
        '\t' => text.Append("\\t"),
        _ => text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)),
    };
}
