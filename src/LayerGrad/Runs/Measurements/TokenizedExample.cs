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
public sealed record TokenizedExample(Example Example, int[] Ids, TokenOffset[] Offsets, string Text, int ResponseStart, bool Truncated)
{
    /// <summary>How many tokens count in the loss; at least one.</summary>
    public int ResponseLength => Counted?.Count ?? Ids.Length - ResponseStart;

    /// <summary>The positions of all tokens that count, ascending, where they are not simply those from <see cref="ResponseStart"/> on; otherwise null.</summary>
    public IReadOnlyList<int>? Counted { get; init; }

    /// <summary>It as a batch takes it.</summary>
    internal PackedSequence Packed => new(Ids, ResponseStart, Counted);
}
