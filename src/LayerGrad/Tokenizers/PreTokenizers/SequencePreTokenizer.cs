namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>One pre-tokenizer after the other: each splits the parts that the one before it left.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    private readonly PreTokenizer[] _steps = [.. steps.Where(step => !step.IsIdentity)];

    public override bool IsIdentity => _steps.Length == 0;

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        if (_steps.Length == 1)
        {
            _steps[0].Split(piece, parts);
            return;
        }

        // Each part may keep within what a text may grow to, and all of them together fill the memory.
        var longest = TextRewriter.LongestResult(piece);
        List<TextPiece> current = [piece];
        foreach (var step in _steps)
        {
            List<TextPiece> next = [];
            var (length, counted) = (0L, 0);
            foreach (var part in current)
            {
                step.Split(part, next);
                for (; counted < next.Count; counted++)
                    length += next[counted].Length;
                if (length > longest)
                    throw TextRewriter.TooLong(longest);
            }

            current = next;
        }

        parts.AddRange(current);
    }
}
