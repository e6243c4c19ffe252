namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>What one tokenizer class does in one version of transformers: a row of the table in <see cref="TokenizerClasses"/>.</summary>
internal sealed record ClassRules
{
    /// <summary>The tokens that the class names by itself where tokenizer_config.json is silent, by their roles.</summary>
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    /// <summary>Further special tokens that the class adds by itself.</summary>
    public IReadOnlyList<string> FurtherTokens { get; init; } = [];

    /// <summary>Whether a named token that is only a text gets the flags of a plain special token, also where tokenizer.json gives it others.</summary>
    public bool NamesGetFlags { get; init; }

    /// <summary>Whether the mask token swallows the white space before it, where it is only a text.</summary>
    public bool MaskSwallowsSpaces { get; init; }

    /// <summary>
    /// Whether BOS and EOS are added where <c>add_bos_token</c> and <c>add_eos_token</c> are missing; the class writes the post-processor
    /// anew from them. Null where it keeps that of tokenizer.json.
    /// </summary>
    public (bool Bos, bool Eos)? Template { get; init; }

    /// <summary>What it makes of <c>add_prefix_space</c>.</summary>
    public PrefixSpaceRule PrefixSpace { get; init; }

    /// <summary>Puts the class's own parts in place of those of tokenizer.json, or null where it keeps them.</summary>
    public Func<TokenizerDescription, PipelineArguments, TokenizerDescription>? Rebuild { get; init; }
}
