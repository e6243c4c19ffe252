namespace LayerGrad.Runs.Measurements;

/// <summary>What a token of an example is part of.</summary>
internal enum TokenPart
{
    /// <summary>What the model is given.</summary>
    Prompt,

    /// <summary>What the model thinks before it answers, its tags among it.</summary>
    Thinking,

    /// <summary>What the model answers.</summary>
    Answer,
}
