using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>
/// The merges behind a SentencePiece vocabulary: two neighbouring tokens may merge wherever together they are a token, and
/// the one with the highest score comes first (Kudo and Richardson 2018; llama.cpp's <c>llm_tokenizer_spm</c>).
/// </summary>
internal static class ScoredMerges
{
    /// <summary>Finds all merges of a vocabulary.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="tokens">The tokens by id.</param>
    /// <param name="scores">Their scores.</param>
    public static List<Merge> Make(Vocabulary vocabulary, string[] tokens, float[] scores)
    {
        var ranks = RanksByScore(scores);
        var merges = new List<Merge>();
        for (var id = 0; id < tokens.Length; id++)
        {
            var token = tokens[id];
            for (var cut = token.Length > 0 ? UnicodeText.LengthAt(token, 0) : 0; cut < token.Length; cut += UnicodeText.LengthAt(token, cut))
            {
                var left = vocabulary.Find(token.AsSpan(0, cut));
                var right = vocabulary.Find(token.AsSpan(cut));
                if (left >= 0 && right >= 0)
                    merges.Add(new Merge(left, right, ranks[id], id));
            }
        }

        return merges;
    }

    /// <summary>The place of each token among the distinct scores, the highest first; tokens of one score share a place.</summary>
    private static int[] RanksByScore(float[] scores)
    {
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id]).ToArray();
        var ranks = new int[scores.Length];
        for (var i = 1; i < order.Length; i++)
            ranks[order[i]] = ranks[order[i - 1]] + (scores[order[i]] == scores[order[i - 1]] ? 0 : 1);
        return ranks;
    }
}
