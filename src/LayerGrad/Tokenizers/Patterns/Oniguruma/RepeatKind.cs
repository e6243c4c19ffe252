namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>How a repetition is tried.</summary>
internal enum RepeatKind
{
    /// <summary>As often as possible first.</summary>
    Greedy,

    /// <summary>As seldom as possible first.</summary>
    Lazy,

    /// <summary>As often as possible, without coming back to it.</summary>
    Possessive,
}
