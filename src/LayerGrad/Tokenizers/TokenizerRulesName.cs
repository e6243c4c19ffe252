namespace LayerGrad.Tokenizers;

/// <summary>How the rules are written on the command line, in studies and in metadata.</summary>
internal static class TokenizerRulesName
{
    /// <summary>The names, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = ["transformers-4", "transformers-5"];

    /// <summary>The name of rules.</summary>
    /// <param name="rules">The rules.</param>
    public static string Of(TokenizerRules rules) => All[(int)rules];

    /// <summary>The rules of a name.</summary>
    /// <param name="name">The name, or null for the default.</param>
    /// <param name="source">What the name was written as, for the error (<c>--tokenizer-rules</c>).</param>
    /// <exception cref="InputException">There are no such rules.</exception>
    public static TokenizerRules Parse(string? name, string source) => name switch
    {
        null or "transformers-4" => TokenizerRules.Transformers4,
        "transformers-5" => TokenizerRules.Transformers5,
        _ => throw new InputException($"{source}: '{name}' is none of {string.Join(" and ", All)}"),
    };
}
