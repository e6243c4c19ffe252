using LayerGrad.Decoders;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Data.Scoring;

/// <summary>The sequences whose losses make a score.</summary>
internal static class LossPair
{
    /// <summary>Why an example has no loss without its instruction.</summary>
    public const string NothingToPredict = "the response is a single token and the tokenizer begins no text with a BOS token, so without the instruction nothing predicts it";

    /// <summary>The example as <c>measure</c> sees it.</summary>
    public static PackedSequence WithInstruction(TokenizedExample tokens) => tokens.Packed;

    /// <summary>
    /// The same response tokens without what stands before them. Where the example begins with the tokenizer's BOS token, so does this, and all
    /// of them are predicted; otherwise the first of them is predicted by nothing, and the loss is the mean over the others.
    /// </summary>
    /// <param name="tokens">The example.</param>
    /// <param name="bos">The tokenizer's BOS token; null where it has none.</param>
    /// <returns>Null where no token would be predicted.</returns>
    public static PackedSequence? WithoutInstruction(TokenizedExample tokens, int? bos)
    {
        var response = tokens.Ids[tokens.ResponseStart..];
        var beginsWithBos = tokens.Ids[0] == bos;
        int[] ids = beginsWithBos ? [bos!.Value, .. response] : response;
        var before = tokens.ResponseStart - (beginsWithBos ? 1 : 0);
        int[]? counted = tokens.Counted is { } positions ? [.. positions.Select(position => position - before).Where(static position => position >= 1)] : null;
        return ids.Length > 1 && counted is not [] ? new PackedSequence(ids, 1, counted) : null;
    }
}
