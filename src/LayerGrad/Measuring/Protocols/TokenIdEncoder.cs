using System.Globalization;
using LayerGrad.Examples;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring.Protocols;

/// <summary>Takes examples that came as token ids as they are; their texts, for the lines of a run, are what the tokenizer makes of the ids.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="measurement">The maximum length among it.</param>
internal sealed class TokenIdEncoder(Tokenizer tokenizer, MeasurementSpecification measurement)
{
    /// <summary>Encodes an example.</summary>
    /// <param name="example">The example.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <exception cref="InputException">A chat template is asked for, or the tokenizer has no such token.</exception>
    public EncodedExample Encode(Example example, TokenIdSequence tokens)
    {
        if (measurement.Chat)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"record {example.Index} (0-based): is token ids, which are measured as they are; leave --chat out"));
        foreach (var id in tokens.Ids)
        {
            if (tokenizer.IdToToken(id) is null)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"record {example.Index} (0-based): input_ids has {id}, which the model's tokenizer does not know; name the model that the ids are for"));
        }

        var start = tokens.Counted[0];
        var told = example with { Instruction = tokenizer.Decode(tokens.Ids.AsSpan(0, start)), Output = tokenizer.Decode(tokens.Ids.AsSpan(start)) };
        if (start >= measurement.MaxLength)
            return new EncodedExample(told, null, ExampleEncoder.BeyondMaxLength(measurement.MaxLength));
        var kept = Math.Min(tokens.Ids.Length, measurement.MaxLength);
        int[] counted = [.. tokens.Counted.TakeWhile(position => position < kept)];
        var isRest = counted.Length == kept - start;
        var (text, offsets) = Texts(tokens.Ids.AsSpan(0, kept));
        return new EncodedExample(
            told, new TokenizedExample(told, tokens.Ids[..kept], offsets, text, start, kept < tokens.Ids.Length) { Counted = isRest ? null : counted }, null);
    }

    /// <summary>The tokens' own texts, one after another: what they say together may differ where characters are cut, and only shown they are.</summary>
    private (string Text, TokenOffset[] Offsets) Texts(ReadOnlySpan<int> ids)
    {
        var text = new System.Text.StringBuilder();
        var offsets = new TokenOffset[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var start = text.Length;
            text.Append(tokenizer.Decode(ids.Slice(i, 1)));
            offsets[i] = new TokenOffset(start, text.Length);
        }

        return (text.ToString(), offsets);
    }
}
