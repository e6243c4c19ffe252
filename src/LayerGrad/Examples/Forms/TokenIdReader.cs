using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>
/// Reads records that are tokens already: <c>input_ids</c>, and <c>labels</c> as Hugging Face's trainers take them: at each position the token that is
/// to be predicted there, -100 where its loss does not count.
/// </summary>
internal static class TokenIdReader
{
    private const int NotCounted = -100;

    /// <summary>Reads one record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <exception cref="InputException">The fields do not fit together, or no token counts.</exception>
    public static Example Read(JsonValue record, int index)
    {
        var ids = Numbers(record, FieldNames.InputIds, least: 0);
        if (record.Find(FieldNames.Labels) is null)
            throw record.Error("has input_ids without labels, which say which tokens count (-100 for those that do not; the tokens themselves for the others)");
        var labels = Numbers(record, FieldNames.Labels, least: NotCounted);
        if (labels.Length != ids.Length)
            throw record.Error($"has {ids.Length} input_ids and {labels.Length} labels; there must be as many");
        foreach (var extra in FieldNames.TokenExtras)
        {
            if (record.Find(extra) is { } value && !RecordReader.IsEmpty(value))
                throw value.Error($"{value.Path} stands beside input_ids, which are measured as a plain sequence with the labels alone; remove it");
        }

        for (var i = 0; i < ids.Length; i++)
        {
            if (labels[i] != NotCounted && labels[i] != ids[i])
                throw record.Error($"labels[{i}] is {labels[i]}, but input_ids[{i}] is {ids[i]}; a label is the token itself, or -100 where it does not count");
        }

        var end = Unpadded(record, ids.Length);

        // Nothing predicts the first token, so that its label never counts; nor does what stands in the padding.
        int[] counted = [.. Enumerable.Range(1, Math.Max(0, end - 1)).Where(i => labels[i] != NotCounted)];
        if (labels.AsSpan(end).ContainsAnyExcept(NotCounted))
            throw record.Error("has labels that count where attention_mask is 0");
        return counted.Length > 0
            ? new Example(index, "", "", "") { TokenIds = new TokenIdSequence(ids[..end], counted) }
            : throw record.Error("has no label that counts: all are -100, but for the first, which nothing predicts");
    }

    /// <summary>How many tokens the attention mask leaves; it may only cut off padding at the end.</summary>
    private static int Unpadded(JsonValue record, int count)
    {
        if (record.Find(FieldNames.AttentionMask) is null)
            return count;
        var mask = Numbers(record, FieldNames.AttentionMask, least: 0);
        if (mask.Length != count)
            throw record.Error($"has {count} input_ids and an attention_mask of {mask.Length}; there must be as many");
        var end = mask.AsSpan().IndexOf(0) is var zero && zero < 0 ? count : zero;
        return mask.AsSpan(end).ContainsAnyExcept(0) || mask.AsSpan(0, end).ContainsAnyExcept(1)
            ? throw record.Error("has an attention_mask that is not ones with zeros behind them; remove the padding at the beginning")
            : end;
    }

    private static int[] Numbers(JsonValue record, string key, int least)
    {
        var value = RecordReader.Structure(record, key) ?? record.Require(key);
        return [.. value.Items().Select(number => number.AsInt(least))];
    }
}
