using System.Text.Json;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Compares a tokenizer with encodings that Hugging Face's tokenizers made.</summary>
internal static class ReferenceEncodings
{
    public static void ShouldEqual(Tokenizer tokenizer, string name)
    {
        var line = 0;
        foreach (var json in File.ReadLines(Shared.Path("reference", "tokenizers", name + ".jsonl")))
        {
            line++;
            using var document = JsonDocument.Parse(json);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var encoding = tokenizer.Encode(text);
            var because = $"{name}.jsonl line {line}: {text}";
            encoding.Ids.ShouldBe(Numbers(document, "ids"), because);
            tokenizer.Encode(text, addSpecialTokens: false).Ids.ShouldBe(Numbers(document, "ids_without_special"), because);
            encoding.OffsetsInCodePoints(text).ShouldBe(
                [.. document.RootElement.GetProperty("offsets").EnumerateArray().Select(pair => new TokenOffset(pair[0].GetInt32(), pair[1].GetInt32()))],
                because);
        }

        line.ShouldBeGreaterThan(200);
    }

    private static int[] Numbers(JsonDocument document, string key) =>
        [.. document.RootElement.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
