namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>A tokenizer class of transformers, without <c>Fast</c> at the end of its name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version4">What it does in transformers 4.57, or null where that is not known.</param>
/// <param name="Version5">What it does in transformers 5.24, or null where that is not known.</param>
internal sealed record TokenizerClass(string Name, ClassRules? Version4, ClassRules? Version5)
{
    /// <summary>What it does under some rules.</summary>
    /// <param name="rules">The rules.</param>
    public ClassRules? Under(TokenizerRules rules) => rules == TokenizerRules.Transformers4 ? Version4 : Version5;
}
