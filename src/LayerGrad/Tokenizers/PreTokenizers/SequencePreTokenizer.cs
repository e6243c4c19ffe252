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

        List<TextPiece> current = [piece];
        foreach (var step in _steps)
        {
            List<TextPiece> next = [];
            foreach (var part in current)
                step.Split(part, next);
            current = next;
        }

        parts.AddRange(current);
    }
}
