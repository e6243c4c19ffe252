using System.Text.RegularExpressions;

namespace LayerGrad.Data;

/// <summary>Cuts text into sentences, for the settings that count or mix them.</summary>
internal static partial class Sentences
{
    /// <summary>
    /// The sentences of a text, without the white space between them. A sentence ends at <c>.</c>, <c>!</c> or <c>?</c>
    /// (with closing quotes and brackets) before white space, unless the full stop belongs to an initial, to a list
    /// number or to a common abbreviation. A line feed alone ends none.
    /// </summary>
    public static List<string> Split(string text)
    {
        var sentences = new List<string>();
        var start = 0;
        foreach (Match end in Ends().Matches(text))
        {
            if (Abbreviations().IsMatch(text[start..(end.Index + 1)]))
                continue;
            Add(sentences, text[start..(end.Index + end.Length)]);
            start = end.Index + end.Length;
        }

        Add(sentences, text[start..]);
        return sentences;
    }

    /// <summary>The sentences at the start of a text that together have at most <paramref name="words"/> words, and at least the first.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">The largest number of words, counted between white space.</param>
    public static string Head(string text, int words)
    {
        var end = 0;
        var count = 0;
        foreach (var sentence in Split(text))
        {
            count += Words(sentence);
            if (end > 0 && count > words)
                break;
            end = text.IndexOf(sentence, end, StringComparison.Ordinal) + sentence.Length;
        }

        return text[..end].TrimStart();
    }

    /// <summary>The number of words of a text: what stands between white space.</summary>
    public static int Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static void Add(List<string> sentences, string sentence)
    {
        var trimmed = sentence.Trim();
        if (trimmed.Length > 0)
            sentences.Add(trimmed);
    }

    [GeneratedRegex(@"[.!?]+[""'”’)\]]*(?=\s)", RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"(?:^|[\s(""])(?:\p{Lu}|(?:\p{Lu}\.)+\p{Lu}|\d{1,2}|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|c|ca|cf|No|pp?|vol|approx|Inc|Ltd|Co|lit|Rs)\.$", RegexOptions.CultureInvariant)]
    private static partial Regex Abbreviations();
}
