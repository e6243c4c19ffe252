using System.Buffers;

namespace LayerGrad.Tokenizers;

/// <summary>Finds added tokens in a text: the leftmost, of those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Unit), int> _edges = [];
    private readonly List<AddedToken?> _ends = [null]; // the token that ends at each node of the trie; node 0 is the root
    private readonly SearchValues<char> _firstUnits;
    private readonly bool _passesOverSpecial;

    /// <summary>Builds the trie.</summary>
    /// <param name="tokens">The tokens, each with the text that it is found by, which is not empty.</param>
    /// <param name="passesOverSpecial">Whether a special token that is found stays text.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens, bool passesOverSpecial = false)
    {
        _passesOverSpecial = passesOverSpecial;
        var first = new HashSet<char>();
        foreach (var (text, token) in tokens)
        {
            first.Add(text[0]);
            var node = 0;
            foreach (var unit in text)
            {
                if (!_edges.TryGetValue((node, unit), out var next))
                {
                    next = _ends.Count;
                    _ends.Add(null);
                    _edges.Add((node, unit), next);
                }

                node = next;
            }

            if (_ends[node] is { } other)
                throw new InputException($"the added tokens {Shown(other)} and {Shown(token)} are the same text once they are normalised");
            _ends[node] = token;
        }

        _firstUnits = SearchValues.Create([.. first]);
    }

    /// <summary>
    /// Cuts a piece at its added tokens. As in Hugging Face's tokenizers, a token that lies in white space which the one before it swallowed is
    /// found all the same, and what follows it comes again.
    /// </summary>
    /// <param name="piece">The piece.</param>
    /// <param name="segments">Receives the parts from left to right, none empty, each with the token that it is or null.</param>
    public void Cut(TextPiece piece, List<(TextPiece Piece, AddedToken? Token)> segments)
    {
        var text = piece.Span;
        var position = 0; // up to here the text is dealt with
        var repeated = 0L; // how much text came again
        var spaces = (Start: 0, End: 0); // the run of white space that was looked at last, so that a long one is not walked again and again
        for (var search = 0; search < text.Length;)
        {
            var found = text[search..].IndexOfAny(_firstUnits);
            if (found < 0)
                break;
            var start = search + found;
            var token = LongestAt(text, start, out var end);
            if (token is null)
            {
                search = start + 1;
                continue;
            }

            search = end;
            if ((_passesOverSpecial && token.Special) || (token.SingleWord && TouchesWord(text, start, end)))
                continue;
            if (token.StripLeft)
                start = Math.Max(StartOfSpaces(text, start, ref spaces), position);
            if (token.StripRight)
                end = EndOfSpaces(text, end, ref spaces);
            if (start >= end)
                throw new InputException($"the added token {Shown(token)} lies in white space that the one before it swallows; Hugging Face's tokenizers fail on such a text");
            repeated += Math.Max(position - start, 0);
            if (repeated > 1_000_000 + 20L * text.Length)
                throw new InputException($"the added token {Shown(token)} is found again and again in the white space that it swallows; Hugging Face's tokenizers fill the memory with such a text");
            if (start > position)
                segments.Add((piece.Slice(position, start - position), null));
            segments.Add((piece.Slice(start, end - start), token));
            position = end;
        }

        if (position < text.Length)
            segments.Add((piece.Slice(position, text.Length - position), null));
    }

    /// <summary>A token for messages, in one line.</summary>
    private static string Shown(AddedToken token) => $"\"{token.Content.ReplaceLineEndings("\\n")}\"";

    private static int StartOfSpaces(ReadOnlySpan<char> text, int end, ref (int Start, int End) spaces)
    {
        if (end <= spaces.Start || end > spaces.End)
            spaces = (text[..end].TrimEnd().Length, end);
        return spaces.Start;
    }

    private static int EndOfSpaces(ReadOnlySpan<char> text, int start, ref (int Start, int End) spaces)
    {
        if (start < spaces.Start || start >= spaces.End)
            spaces = (start, text.Length - text[start..].TrimStart().Length);
        return spaces.End;
    }

    private AddedToken? LongestAt(ReadOnlySpan<char> text, int start, out int end)
    {
        AddedToken? longest = null;
        end = start;
        var node = 0;
        for (var i = start; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_ends[node] is not { } token)
                continue;
            longest = token;
            end = i + 1;
        }

        return longest;
    }

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end) =>
        (start > 0 && UnicodeText.IsWordCharacter(UnicodeText.CodePointBefore(text, start)))
        || (end < text.Length && UnicodeText.IsWordCharacter(UnicodeText.CodePointAt(text, end)));
}
