using LayerGrad.Decoders;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Data.Scoring;

/// <summary>A sequence whose loss is wanted.</summary>
/// <param name="Example">The example's place among the selected ones.</param>
/// <param name="IsAlone">Whether it is the response without the instruction.</param>
/// <param name="Packed">Its tokens, and which of them count.</param>
internal readonly record struct ScoreSequence(int Example, bool IsAlone, PackedSequence Packed)
{
    /// <summary>How many tokens it has.</summary>
    public int Length => Packed.Ids.Length;
}

/// <summary>The sequences whose losses make the scores of some examples, and the losses as they come.</summary>
internal sealed class ScoreWork
{
    private readonly ScoreKind _by;
    private readonly IReadOnlyList<EncodedExample> _encoded;
    private readonly List<ScoreSequence> _sequences = [];
    private readonly double[] _losses;
    private readonly double[] _lossesAlone;
    private readonly string?[] _reasons;

    /// <summary>Collects the sequences.</summary>
    /// <param name="by">What is scored by.</param>
    /// <param name="encoded">The examples.</param>
    /// <param name="bos">The tokenizer's BOS token; null where it has none.</param>
    public ScoreWork(ScoreKind by, IReadOnlyList<EncodedExample> encoded, int? bos)
    {
        (_by, _encoded) = (by, encoded);
        (_losses, _lossesAlone, _reasons) = (new double[encoded.Count], new double[encoded.Count], new string?[encoded.Count]);
        Array.Fill(_losses, double.NaN);
        Array.Fill(_lossesAlone, double.NaN);
        for (var i = 0; i < encoded.Count; i++)
        {
            _reasons[i] = encoded[i].SkipReason;
            if (encoded[i].Tokens is not { } tokens)
                continue;
            Add(i, isAlone: false, LossPair.WithInstruction(tokens));
            if (by == ScoreKind.Loss)
                continue;
            if (LossPair.WithoutInstruction(tokens, bos) is { } alone)
                Add(i, isAlone: true, alone);
            else
                _reasons[i] = LossPair.NothingToPredict;
        }
    }

    /// <summary>How many examples there are.</summary>
    public int Examples => _encoded.Count;

    /// <summary>Tokens of all sequences.</summary>
    public long Tokens => _sequences.Sum(sequence => (long)sequence.Length);

    /// <summary>The sequences in their order, as many at a time as a budget holds; a longer one alone.</summary>
    public IEnumerable<IReadOnlyList<ScoreSequence>> Batches(int tokenBudget)
    {
        var batch = new List<ScoreSequence>();
        var tokens = 0;
        foreach (var sequence in _sequences)
        {
            if (batch.Count > 0 && tokens + sequence.Length > tokenBudget)
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }

            batch.Add(sequence);
            tokens += sequence.Length;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    /// <summary>Takes in a sequence's loss, or why it has none.</summary>
    public void Set(ScoreSequence sequence, double loss, string? reason)
    {
        (sequence.IsAlone ? _lossesAlone : _losses)[sequence.Example] = loss;
        if (reason is not null)
            _reasons[sequence.Example] ??= sequence.IsAlone ? $"without the instruction, {reason}" : reason;
    }

    /// <summary>An example with its score.</summary>
    public ScoredExample Scored(int i)
    {
        var reason = _reasons[i];
        if (reason is null && _by == ScoreKind.InstructionFollowingDifficulty && !double.IsFinite(_losses[i] / _lossesAlone[i]))
            reason = "the loss without the instruction is 0, so there is no ratio";
        return new ScoredExample(
            _encoded[i].Example, _encoded[i].Length, _encoded[i].Tokens?.ResponseLength ?? 0, _losses[i], _lossesAlone[i], _by, reason);
    }

    private void Add(int example, bool isAlone, PackedSequence sequence) => _sequences.Add(new ScoreSequence(example, isAlone, sequence));
}
