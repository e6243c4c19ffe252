namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>What a tokenizer class of transformers makes of <c>add_prefix_space</c> where it does not rebuild the pipeline.</summary>
internal enum PrefixSpaceRule
{
    /// <summary>It is written into a ByteLevel pre-tokenizer that stands alone, false where it is missing.</summary>
    ByteLevelAlone,

    /// <summary>As <see cref="ByteLevelAlone"/>, and true also into a ByteLevel within a Sequence.</summary>
    EveryByteLevel,

    /// <summary>Where it is given at all, the tokenizer is made anew from tokenizer.model.</summary>
    FromSentencePiece,

    /// <summary>It changes nothing.</summary>
    Ignored,
}
