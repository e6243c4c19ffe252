using LayerGrad.Json;
using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the patterns of tokenizer.json: a fixed text or a regular expression.</summary>
internal static class PatternReader
{
    /// <summary>Reads the pattern of a component.</summary>
    /// <param name="json">The component.</param>
    /// <param name="empty">What an empty pattern is, or null where it is refused.</param>
    public static SplitPattern Read(JsonValue json, SplitPattern? empty)
    {
        var pattern = json.Object("pattern");
        var literal = pattern.OptionalText("String");
        var expression = literal is null ? pattern.Text("Regex") : null;
        if ((literal ?? expression)!.Length == 0)
            return empty ?? throw json.Error($"{pattern.Path} is empty; an empty pattern matches everywhere, at the end of the text too, where Hugging Face's tokenizers fail");
        return literal is not null ? new LiteralPattern(literal) : SplitPattern.FromExpression(expression!, $"{pattern.File}: {pattern.Path}");
    }
}
