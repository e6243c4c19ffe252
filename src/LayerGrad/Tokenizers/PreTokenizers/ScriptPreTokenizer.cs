using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>
/// Cuts a text where its script changes, as SentencePiece does: Japanese syllables count as Han, the space and what has no script as any.
/// What comes before the first character with a script is left out, as in Hugging Face's tokenizers.
/// </summary>
internal sealed class ScriptPreTokenizer : PreTokenizer
{
    private const int Any = -1;
    private const int KatakanaMark = 0x30FC;

    private static readonly int s_han = IndexOf("Han");
    private static readonly (int First, int Last, int Script)[] s_ranges = [.. LibraryCharacters.Scripts
        .SelectMany((script, index) => script.Value.Ranges.Select(range => (range.First, range.Last, script.Key is "Hiragana" or "Katakana" ? s_han : index)))
        .OrderBy(range => range.First)];

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        var text = piece.Span;
        int? lastScript = null;
        var start = -1;
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var script = ScriptOf(UnicodeText.CodePointAt(text, i));
            if (script == Any)
                continue;
            if (script != lastScript)
            {
                if (start >= 0)
                    parts.Add(piece.Slice(start, i - start));
                start = i;
            }

            lastScript = script;
        }

        if (start >= 0)
            parts.Add(piece.Slice(start, text.Length - start));
    }

    private static int ScriptOf(int codePoint)
    {
        if (codePoint == KatakanaMark)
            return s_han;
        if (codePoint == ' ')
            return Any;
        var low = 0;
        var high = s_ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < s_ranges[middle].First)
                high = middle - 1;
            else if (codePoint > s_ranges[middle].Last)
                low = middle + 1;
            else
                return s_ranges[middle].Script;
        }

        return Any;
    }

    private static int IndexOf(string name)
    {
        for (var i = 0; i < LibraryCharacters.Scripts.Count; i++)
        {
            if (LibraryCharacters.Scripts[i].Key == name)
                return i;
        }

        throw new InvalidOperationException($"there is no script {name}");
    }
}
