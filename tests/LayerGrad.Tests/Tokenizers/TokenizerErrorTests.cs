using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class TokenizerErrorTests
{
    [Theory]
    [InlineData("normalizer", """{"type": "Nfc"}""", "normalizer.type is Nfc, which is not supported; supported are Sequence, NFC, NFD, NFKC, NFKD, Prepend, Replace, Lowercase, Strip, StripAccents, Nmt, BertNormalizer, ByteLevel and Precompiled")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": "AAAA"}""", "normalizer.precompiled_charsmap is not a charsmap of SentencePiece in base64; fetch the file again")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"String": ""}, "content": "a"}""", "normalizer.pattern is empty; an empty pattern matches everywhere, at the end of the text too, where Hugging Face's tokenizers fail")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "White"}]}""", "pre_tokenizer.pretokenizers[0].type is White, which is not supported; supported are Sequence, Split, ByteLevel, Digits, Metaspace, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, CharDelimiterSplit, UnicodeScripts and FixedLength")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}""", "pre_tokenizer.behavior is Sideways, which is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace", "replacement": "_", "add_prefix_space": false}""", "pre_tokenizer.add_prefix_space is false, but pre_tokenizer.prepend_scheme is not \"never\"; Hugging Face's tokenizers refuse such a file")]
    [InlineData("pre_tokenizer", """{"type": "FixedLength", "length": 0}""", "pre_tokenizer.length must be a whole number above 0, but is 0")]
    [InlineData("pre_tokenizer", """{"type": 7}""", "pre_tokenizer.type must be a text, but is 7")]
    [InlineData("post_processor", """{"type": "Bert"}""", "post_processor.type is Bert, which is not supported; supported are Sequence, ByteLevel, TemplateProcessing, BertProcessing and RobertaProcessing")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]}""", "post_processor.special_tokens does not give the ids of <s>")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}]}""", "post_processor: a TemplateProcessing writes sequence B of a single text")]
    [InlineData("decoder", """{"type": "CTC"}""", "decoder.type is CTC, which is not supported; supported are Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordPiece and BPEDecoder")]
    [InlineData("model", """{"type": "Word", "vocab": {}}""", "model.type is Word, which is not supported; supported are BPE, Unigram, WordPiece and WordLevel")]
    [InlineData("model", """{"type": "Unigram", "vocab": {"a": 0}}""", "model.vocab must be a list of tokens with their scores, but is an object")]
    [InlineData("model", """{"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}""", "model.unk_id must be a whole number from 0 to 0, but is 1")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": -1}, "merges": []}""", "model.vocab.a must be a whole number from 0 to 2147483646, but is -1")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}""", "model.merges[0] uses the token \"b\", which is not in model.vocab")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}""", "model.merges[0] must be two tokens")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>", "byte_fallback": true}""", "model.byte_fallback together with continuing_subword_prefix or end_of_word_suffix is not supported")]
    [InlineData("model", "null", "has no model")]
    [InlineData("added_tokens", """[{"content": "a"}]""", "added_tokens[0].id is missing")]
    [InlineData("added_tokens", """[{"id": 2147483647, "content": "new"}]""", "added_tokens[0].id is 2147483647, but with the tokens of the file ids end at 258")]
    [InlineData("added_tokens", """[{"id": 257, "content": "new"}]""", "added_tokens[0].id is 257, which is the id of the token \"hey\" in model.vocab; give \"new\" its own")]
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
