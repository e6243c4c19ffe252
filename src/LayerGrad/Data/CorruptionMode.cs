namespace LayerGrad.Data;

/// <summary>How irrelevant answers are made.</summary>
internal enum CorruptionMode
{
    /// <summary>Each record gets the whole answer of another one.</summary>
    Answers,

    /// <summary>
    /// The answers are cut into sentences, and all sentences dealt out anew; each answer keeps its number of sentences.
    /// The original's irrelevant knowledge texts and longer rationales are of this kind.
    /// </summary>
    Sentences,
}
