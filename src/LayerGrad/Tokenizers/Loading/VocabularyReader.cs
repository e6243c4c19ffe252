using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the tokens of a model: an object of ids, or of Unigram models a list of tokens with their scores, whose positions are the ids.</summary>
internal static class VocabularyReader
{
    /// <summary>The highest id that is read, so that the number of ids is a 32-bit number too.</summary>
    public const int LargestId = int.MaxValue - 1;

    /// <summary>Reads the tokens.</summary>
    /// <param name="model">The object <c>model</c>.</param>
    public static Vocabulary Read(JsonValue model)
    {
        var vocabulary = model.Require("vocab");
        var ids = new Dictionary<string, int>();
        if (vocabulary.IsArray)
        {
            var position = 0;
            foreach (var item in vocabulary.Items())
                ids[TokenOf(item)] = position++;
        }
        else
        {
            foreach (var (token, id) in model.Object("vocab").Members())
                ids[token] = id.AsInt(0, LargestId);
        }

        return new Vocabulary(ids, vocabulary.IsArray ? vocabulary.Count : null);
    }

    /// <summary>The scores of a list of tokens, by id.</summary>
    public static double[] ReadScores(JsonValue model) => [.. model.Array("vocab").Select(item => item.Items().ElementAt(1).AsDouble())];

    private static string TokenOf(JsonValue item) =>
        item.IsArray && item.Count == 2 ? item.Items().First().AsText() : throw item.Wrong("a token and its score");
}
