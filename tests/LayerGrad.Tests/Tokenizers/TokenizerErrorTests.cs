using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class TokenizerErrorTests
{
    [Theory]
    [InlineData("normalizer", """{"type": "Nmt"}""", "normalizer.type is Nmt, which is not supported; supported are Sequence, NFC, NFD, Prepend and Replace")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}]}""", "pre_tokenizer.pretokenizers[0].type is Whitespace, which is not supported; supported are Sequence, Split, ByteLevel, Digits and Metaspace")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}""", "pre_tokenizer goes on after ByteLevel, which is not supported; ByteLevel must come last")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}""", "pre_tokenizer.behavior is Sideways, which is not supported")]
    [InlineData("pre_tokenizer", """{"type": 7}""", "pre_tokenizer.type must be a text, but is 7")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "post_processor.type is BertProcessing, which is not supported; supported are Sequence, ByteLevel and TemplateProcessing")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]}""", "post_processor.special_tokens does not give the ids of <s>")]
    [InlineData("decoder", """{"type": "CTC"}""", "decoder.type is CTC, which is not supported; supported are Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip and Metaspace")]
    [InlineData("model", """{"type": "Unigram"}""", "model.type is Unigram, which is not supported; supported is BPE")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": -1}, "merges": []}""", "model.vocab.a must be a whole number that is not negative, but is -1")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}""", "model.merges[0] uses the token \"b\", which is not in model.vocab")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}""", "model.merges[0] must be two tokens")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}""", "model.end_of_word_suffix is \"</w>\", which is not supported")]
    [InlineData("model", "null", "has no model")]
    [InlineData("added_tokens", """[{"content": "a"}]""", "added_tokens[0].id is missing")]
    public void What_is_wrong_in_tokenizer_json_is_named(string key, string json, string message)
    {
        using var folder = new TokenizerFolder();
        folder.With(key, json);
        var error = Should.Throw<InputException>(folder.Load).Message;
        error.ShouldStartWith(folder.FilePath + ": ");
        error.ShouldEndWith(message);
    }

    [Fact]
    public void Broken_json_is_reported_with_line_and_column()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), "{\n  \"model\": oops\n}");
        Should.Throw<InputException>(() => Tokenizer.Load(folder.Path)).Message.ShouldStartWith(Path.Combine(folder.Path, "tokenizer.json") + ":2:12: ");
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<InputException>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain("a model folder needs its tokenizer.json");
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.model"), "");
        Should.Throw<InputException>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain("save the tokenizer with transformers");
    }
}
