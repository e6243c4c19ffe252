using LayerGrad.Measuring.Protocols;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class ChatPromptTests : IDisposable
{
    private static readonly DateOnly s_date = new(2024, 7, 26);

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ChatPrompt Load(string config)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), config);
        return ChatPrompt.Load(_folder);
    }

    [Fact]
    public void A_folder_needs_only_its_tokenizer_configuration()
    {
        var prompt = Load("""{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "chat_template": "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}{{ strftime_now('%Y-%m-%d') }}"}""");
        prompt.Render([new("user", "hi é\n")], s_date).ShouldBe("<s>user: hi é\n</s>2024-07-26");
    }

    [Fact]
    public void A_model_without_a_template_and_one_that_is_not_valid_are_named()
    {
        Should.Throw<InputException>(() => Load("{}")).Message.ShouldBe($"{_folder}/tokenizer_config.json: there is no chat template here; only instruction-tuned models have one.");
        Should.Throw<InputException>(() => Load("""{"chat_template": "{% if x %}"}""")).Message.ShouldStartWith($"{_folder}/tokenizer_config.json:1:11: unexpected end of template");
    }

    [Fact]
    public void A_conversation_that_the_template_refuses_gives_its_own_words()
    {
        var prompt = Load("""{"chat_template": "{{ raise_exception('only in Latin') }}"}""");
        Should.Throw<InputException>(() => prompt.Render([new("user", "hi")], s_date)).Message
            .ShouldBe($"{_folder}/tokenizer_config.json:1:19: the chat template does not take this conversation: only in Latin");
    }

    [SharedFact]
    public void A_GGUF_file_brings_its_template() =>
        ChatPrompt.Load(Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf")).Render([new("system", "s"), new("user", "u")], s_date)
            .ShouldBe("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n");
}
