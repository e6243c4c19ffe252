using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class TokenizerReferenceTests
{
    [SharedTheory]
    [InlineData("cut-llama2", "llama2")]
    [InlineData("cut-llama2", "phi3")]
    [InlineData("cut-mistral", "mistral")]
    [InlineData("cut-llama3.1", "llama3.1")]
    [InlineData("cut-llama3.1", "olmo2")]
    [InlineData("cut-qwen2", "qwen2")]
    [InlineData("cut-qwen2", "qwen3")]
    [InlineData("cut-gemma", "gemma")]
    [InlineData("cut-gemma", "gemma2")]
    [InlineData("cut-gemma3", "gemma3")]
    public void Small_tokenizers_of_all_families_give_the_reference_ids_and_offsets(string reference, string family) =>
        ReferenceEncodings.ShouldEqual(Tokenizer.Load(Shared.Path("models", "tiny", family)), reference);

    [NpmTokenizerTheory]
    [InlineData("mistral", "tokenizer-llama2")]
    [InlineData("llama3.1", "tokenizer-llama3_1")]
    [InlineData("qwen2.5", "tokenizer-qwen2_5")]
    [InlineData("qwen3", "tokenizer-qwen3")]
    [InlineData("gemma2", "tokenizer-gemma2")]
    [InlineData("gemma3", "tokenizer-gemma3")]
    public void Full_tokenizers_give_the_reference_ids_and_offsets(string reference, string package) =>
        ReferenceEncodings.ShouldEqual(Tokenizer.Load(NpmTokenizers.Folder(package)), reference);
}
