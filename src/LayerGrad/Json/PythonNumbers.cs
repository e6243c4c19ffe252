using System.Runtime.InteropServices;
using System.Text.Json;

namespace LayerGrad.Json;

/// <summary>
/// Python's json module writes <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which are not JSON. They are turned in place into strings of
/// the same length that no other writer makes, so that a strict JSON reader can go on and columns in its errors stay true.
/// </summary>
internal static class PythonNumbers
{
    private static ReadOnlySpan<byte> NaN => "NaN"u8;

    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    /// <summary>Whether a text may hold one of the three literals, so that <see cref="Quote(Span{byte})"/> has something to do.</summary>
    public static bool MayHold(ReadOnlySpan<byte> json) => json.IndexOf(NaN) >= 0 || json.IndexOf(Infinity) >= 0;

    /// <summary>The number that a quoted literal stands for, or null where the element is anything else.</summary>
    public static double? Value(in JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;

        // The raw text, so that no escape sequence has to be valid for this.
        var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        if (raw.SequenceEqual(Mark(NaN.Length)))
            return double.NaN;
        if (raw.SequenceEqual(Mark(Infinity.Length)))
            return double.PositiveInfinity;
        return raw.SequenceEqual(Mark(Infinity.Length + 1)) ? double.NegativeInfinity : null;
    }

    /// <summary>Turns the three literals outside strings into strings of their own length.</summary>
    public static void Quote(Span<byte> json)
    {
        if (!MayHold(json))
            return;
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (inString)
            {
                if (json[i] == (byte)'\\')
                    i++;
                else if (json[i] == (byte)'"')
                    inString = false;
            }
            else if (json[i] == (byte)'"')
            {
                inString = true;
            }
            else if (json[i] == (byte)'N' && json[i..].StartsWith(NaN))
            {
                i = Quote(json, i, NaN.Length);
            }
            else if (json[i] == (byte)'I' && json[i..].StartsWith(Infinity))
            {
                var from = i > 0 && json[i - 1] == (byte)'-' ? i - 1 : i;
                i = Quote(json, from, Infinity.Length + i - from);
            }
        }
    }

    /// <summary>The number at which the reader stands, one of the quoted literals among them; .NET's names of them are read too.</summary>
    /// <returns>Whether a number stands there.</returns>
    public static bool TryGetDouble(ref Utf8JsonReader reader, out double value)
    {
        value = double.NaN;
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetDouble(out value);
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped)
            return false;
        if (reader.ValueTextEquals(Mark(NaN.Length)) || reader.ValueTextEquals("NaN"u8))
            return true;
        value = reader.ValueTextEquals(Mark(Infinity.Length)) || reader.ValueTextEquals("Infinity"u8) ? double.PositiveInfinity
            : reader.ValueTextEquals(Mark(Infinity.Length + 1)) || reader.ValueTextEquals("-Infinity"u8) ? double.NegativeInfinity
            : double.NaN;
        return !double.IsNaN(value);
    }

    /// <summary>Deletes (0x7f) fill the quotes: legal in a JSON string, and found in no text that anybody keeps.</summary>
    private static ReadOnlySpan<byte> Mark(int length) => "\u007f\u007f\u007f\u007f\u007f\u007f\u007f"u8[..(length - 2)];

    private static int Quote(Span<byte> json, int from, int length)
    {
        Mark(length).CopyTo(json[(from + 1)..]);
        json[from] = json[from + length - 1] = (byte)'"';
        return from + length - 1;
    }
}
