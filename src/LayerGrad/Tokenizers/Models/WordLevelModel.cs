namespace LayerGrad.Tokenizers.Models;

/// <summary>One token for each word, or the unknown one.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknown">The token for unknown words.</param>
internal sealed class WordLevelModel(Vocabulary vocabulary, UnknownToken unknown) : TokenizerModel(vocabulary)
{
    protected override void FindTokens(ReadOnlySpan<char> word, EncodingWorkspace workspace)
    {
        var id = Vocabulary.Find(word);
        workspace.WordTokens.Add(new WordToken(id >= 0 ? id : unknown.Id, 0, word.Length));
    }
}
