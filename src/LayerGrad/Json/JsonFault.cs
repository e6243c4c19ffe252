using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LayerGrad.Json;

/// <summary>Says why a text is not JSON: what stands at the place where the parser gave up. The parser's own sentences speak of its options and of bytes.</summary>
internal static class JsonFault
{
    private const int LongestWord = 24;

    /// <summary>The reason, in a few words.</summary>
    /// <param name="json">The text.</param>
    /// <param name="error">The parser's error about it.</param>
    public static string Describe(ReadOnlySpan<byte> json, JsonException error)
    {
        var rest = Line(json, error);
        var at = (int)Math.Min(error.BytePositionInLine ?? 0, rest.Length);
        return Describe(rest[at..], isTooDeep: error.Message.Contains("depth", StringComparison.Ordinal));
    }

    /// <summary>The text from the beginning of the line in which the parser gave up.</summary>
    /// <param name="json">The text.</param>
    /// <param name="error">The parser's error about it; it counts lines from 0.</param>
    public static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> json, JsonException error)
    {
        for (var line = error.LineNumber ?? 0; line > 0; line--)
            json = json[(json.IndexOf((byte)'\n') + 1)..];
        return json;
    }

    private static string Describe(ReadOnlySpan<byte> rest, bool isTooDeep)
    {
        if (rest.IsEmpty)
            return "it ends too early";
        var first = (char)rest[0];
        if (isTooDeep && first is '[' or '{')
            return "values are nested too deeply";
        if (first < ' ')
            return string.Create(CultureInfo.InvariantCulture, $"the control character U+{(int)first:X4} cannot stand here");
        if (Rune.DecodeFromUtf8(rest, out var rune, out _) != System.Buffers.OperationStatus.Done)
            return string.Create(CultureInfo.InvariantCulture, $"the byte {rest[0]:X2} cannot stand here");
        return $"'{Word(rest) ?? JsonValue.Shortened(rune.ToString())}' cannot stand here";
    }

    /// <summary>The word that begins here, as in <c>undefined</c>; null where none does.</summary>
    private static string? Word(ReadOnlySpan<byte> rest)
    {
        var length = 0;
        while (length < rest.Length && length < LongestWord && (char.IsAsciiLetterOrDigit((char)rest[length]) || rest[length] == '_'))
            length++;
        return length == 0 ? null : Encoding.ASCII.GetString(rest[..length]);
    }
}
