using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Models;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Models;

public sealed class LoadedModelTests
{
    [SharedFact]
    public void The_tokenizer_and_the_template_need_no_weights()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["tokenizer.json", "tokenizer_config.json"])
            File.Copy(Shared.Path("models", "tiny", "qwen2", name), folder.At(name));
        using var model = ModelLoader.Open(folder.Path);

        model.LoadTokenizer(TokenizerRules.Transformers4).Encode("What is 3 + 4?").Ids.ShouldNotBeEmpty();
        model.LoadTemplate(TokenizerRules.Transformers4).ChatTemplate.ShouldNotBeNull();
        Should.Throw<InputException>(() => model.Checkpoint).Message.ShouldContain("config.json");
    }

    [SharedFact]
    public void A_gguf_file_gives_the_tokenizer_and_the_template_that_are_in_it()
    {
        using var model = ModelLoader.Open(Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf"));

        model.TokenizerFolder.ShouldBeNull();
        model.TemplateName.ShouldBe(model.Location);
        var tokenizer = model.LoadTokenizer(TokenizerRules.Transformers4);
        var template = model.LoadTemplate(TokenizerRules.Transformers4);
        template.ChatTemplate.ShouldNotBeNull().ShouldBe(tokenizer.ChatTemplate);
        (template.BosToken, template.EosToken).ShouldBe((tokenizer.BosToken, tokenizer.EosToken));
    }

    [SharedFact]
    public void Another_folder_gives_its_tokenizer_instead()
    {
        var other = Shared.Path("models", "tiny", "qwen2");
        using var model = ModelLoader.Open("a name", Shared.Path("models", "tiny", "llama2"), other);
        using var own = ModelLoader.Open(other);

        model.Name.ShouldBe("a name");
        model.TokenizerFolder.ShouldBe(other);
        model.LoadTokenizer(TokenizerRules.Transformers4).VocabularySize.ShouldBe(own.LoadTokenizer(TokenizerRules.Transformers4).VocabularySize);
        model.Checkpoint.Location.ShouldBe(Shared.Path("models", "tiny", "llama2"));
    }

    [SharedFact]
    public void Each_part_is_loaded_once()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Shared.Path("models", "tiny", "llama2")))
            File.Copy(file, folder.At(Path.GetFileName(file)));
        using var model = ModelLoader.Open(folder.Path);
        var tokenizer = model.LoadTokenizer(TokenizerRules.Transformers4);

        File.Delete(folder.At("tokenizer.json"));
        model.LoadTokenizer(TokenizerRules.Transformers4).ShouldBeSameAs(tokenizer);
        Should.Throw<InputException>(() => model.LoadTokenizer(TokenizerRules.Transformers5)).Message.ShouldContain("tokenizer.json");

        model.Checkpoint.ShouldBeSameAs(model.Checkpoint);
        model.Specification.ShouldBeSameAs(model.Specification);
    }

    [SharedFact]
    public void Matrices_that_are_tied_and_stored_twice_are_compared_once()
    {
        using var stored = Checkpoint.Open(Shared.Path("models", "tiny", "gemma2"));
        var twice = new TwiceStored(stored);
        using var model = new LoadedModel(twice);

        model.Specification.IsTied.ShouldBeTrue();
        var read = twice.Reads;
        read.ShouldBeGreaterThan(0);
        _ = model.Notes;
        _ = model.Parameters<float>();
        _ = model.Specification;
        twice.Reads.ShouldBe(read);
        twice.IsClosed.ShouldBeFalse();

        model.Dispose();
        twice.IsClosed.ShouldBeTrue();
    }

    /// <summary>A checkpoint that stores its embedding as head, too, and counts how often values are read.</summary>
    private sealed class TwiceStored(Checkpoint stored) : Checkpoint
    {
        private const string Head = "lm_head.weight";
        private const string Embedding = "model.embed_tokens.weight";

        public int Reads { get; private set; }

        public bool IsClosed { get; private set; }

        public override string Location => stored.Location;

        public override JsonElement Config => stored.Config;

        public override IReadOnlyDictionary<string, TensorInfo> Tensors { get; } =
            stored.Tensors.Append(new(Head, stored.Tensors[Embedding])).ToDictionary();

        public override void Read(string name, long start, Span<float> destination)
        {
            Reads++;
            stored.Read(name == Head ? Embedding : name, start, destination);
        }

        public override void Read(string name, long start, Span<double> destination)
        {
            Reads++;
            stored.Read(name == Head ? Embedding : name, start, destination);
        }

        public override string Hash() => stored.Hash();

        protected override void Dispose(bool disposing) => IsClosed = true;
    }
}
