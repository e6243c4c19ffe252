using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Tokenizers;

namespace LayerGrad.Runs.Measurements;

/// <summary>An example as the model sees it.</summary>
/// <param name="Example">The example.</param>
/// <param name="Ids">Its tokens after truncation.</param>
/// <param name="Offsets">Where each token stands in <paramref name="Text"/>.</param>
/// <param name="Text">The whole text: prompt and response.</param>
/// <param name="ResponseStart">
/// The first token that counts in the loss. Every token from here to the last is predicted from those before it, so
/// this is never 0; the loss is the mean over them.
/// </param>
/// <param name="Truncated">Whether tokens were cut off.</param>
internal sealed record TokenizedExample(Example Example, int[] Ids, TokenOffset[] Offsets, string Text, int ResponseStart, bool Truncated)
{
    /// <summary>How many tokens count in the loss; at least one.</summary>
    public int ResponseLength => Counted?.Count ?? Ids.Length - ResponseStart;

    /// <summary>The positions of all tokens that count, ascending, where they are not simply those from <see cref="ResponseStart"/> on; otherwise null.</summary>
    public IReadOnlyList<int>? Counted { get; init; }

    /// <summary>What each token is part of, where the response holds thinking or more turns than one; null where the prompt ends at <see cref="ResponseStart"/> and the rest is answer.</summary>
    public IReadOnlyList<TokenPart>? Parts { get; init; }

    /// <summary>The positions of the tokens that count, ascending.</summary>
    public IEnumerable<int> CountedPositions => Counted ?? Enumerable.Range(ResponseStart, Ids.Length - ResponseStart);

    /// <summary>How many of the tokens that count are thinking.</summary>
    public int CountedThinking => Parts is { } parts ? CountedPositions.Count(position => parts[position] == TokenPart.Thinking) : 0;

    /// <summary>What a token is part of.</summary>
    /// <param name="position">Its position.</param>
    public TokenPart PartOf(int position) => Parts is { } parts ? parts[position] : position < ResponseStart ? TokenPart.Prompt : TokenPart.Answer;

    /// <summary>It as a batch takes it.</summary>
    internal PackedSequence Packed => new(Ids, ResponseStart, Counted);
}
