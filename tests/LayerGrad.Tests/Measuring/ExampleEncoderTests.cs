using System.Text.Json;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Measuring;

public sealed class ExampleEncoderTests
{
    private static Tokenizer Load(string family) => Tokenizer.Load(Shared.Path("models", "tiny", family));

    private static MeasurementSpecification Options(bool chat, Protocol protocol) => new()
    {
        Chat = chat,
        Protocol = protocol,
        Date = new DateOnly(2024, 7, 26),
    };

    [SharedTheory]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("llama2")]
    [InlineData("llama3.1")]
    [InlineData("mistral")]
    [InlineData("olmo2")]
    [InlineData("phi3")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Strict_token_counts_are_those_of_the_reference(string family)
    {
        var examples = Dataset.Load(Shared.Path("reference", "examples.json"));
        foreach (var mode in new[] { "base", "chat" })
        {
            var encoder = new ExampleEncoder(Load(family), Options(mode == "chat", Protocol.Strict), ExampleEncoder.IsGemmaModel(family, ""));
            var given = examples.Select(example => encoder.Encode(example).Tokens!).Select(tokens => $"{tokens.Ids.Length}/{tokens.ResponseLength}");
            var expected = File.ReadLines(Shared.Path("reference", "tiny", family, $"{mode}.strict.jsonl")).Select(line =>
            {
                using var document = JsonDocument.Parse(line);
                var tokens = document.RootElement.GetProperty("tokens");
                return $"{tokens.GetProperty("total").GetInt32()}/{tokens.GetProperty("response").GetInt32()}";
            });
            given.ShouldBe(expected, mode);
        }
    }

    [SharedFact]
    public void The_paper_s_protocol_keeps_both_BOS_and_counts_the_prompt_by_itself()
    {
        var tokenizer = Load("llama2");
        var example = new Example(0, "Say it.", "", "yes");
        var bos = tokenizer.TokenToId("<s>");
        var paper = new ExampleEncoder(tokenizer, Options(chat: true, Protocol.Paper)).Encode(example).Tokens!;
        var strict = new ExampleEncoder(tokenizer, Options(chat: true, Protocol.Strict)).Encode(example).Tokens!;
        paper.Ids.Take(2).ShouldBe([bos!.Value, bos.Value]);
        paper.Ids.Skip(1).ShouldBe(strict.Ids);
        var prompt = paper.Text[..^3];
        paper.ResponseStart.ShouldBe(tokenizer.Encode(prompt).Ids.Length);
        prompt.ShouldStartWith("<s>[INST] <<SYS>>\nYou are a helpful assistant.\n<</SYS>>");
    }

    [SharedFact]
    public void A_Gemma_gets_no_system_turn_wherever_it_lies()
    {
        var prompt = new ExampleEncoder(Load("gemma2"), Options(chat: true, Protocol.Paper), isGemma: true).Prompt(new Example(0, "a", "b", "c"));
        prompt.ShouldBe("<bos><start_of_turn>user\na\nb<end_of_turn>\n<start_of_turn>model\n");
        ExampleEncoder.IsGemmaModel("gemma3_text", "/models/x").ShouldBeTrue();
        ExampleEncoder.IsGemmaModel("llama", "google/gemma-2-9b-it").ShouldBeTrue();
        ExampleEncoder.IsGemmaModel("llama", "/models/x").ShouldBeFalse();
    }

    [SharedTheory]
    [InlineData(Protocol.Paper)]
    [InlineData(Protocol.Strict)]
    public void What_cannot_be_measured_is_skipped_with_its_reason(Protocol protocol)
    {
        var encoder = new ExampleEncoder(Load("qwen2"), Options(chat: false, protocol));
        var encoded = Dataset.Load(Shared.Path("reference", "unmeasurable.json")).Select(encoder.Encode).ToList();
        encoded.Select(example => example.SkipReason).ShouldBe(
            ["the output is empty", "the response lies wholly beyond the maximum length of 1024 tokens", null]);
        encoded[2].Tokens!.Truncated.ShouldBeFalse();
    }

    [SharedFact]
    public void A_response_that_merges_into_the_prompt_s_last_token_has_no_token_of_its_own()
    {
        var tokenizer = Load("qwen2");
        var two = tokenizer.Encode("x\n\n").Ids.Length;
        two.ShouldBe(tokenizer.Encode("x\n").Ids.Length);
        var example = new Example(0, "x", "", "\n");
        new ExampleEncoder(tokenizer, Options(false, Protocol.Paper)).Encode(example).SkipReason.ShouldBe("the text encodes to no response token");
        new ExampleEncoder(tokenizer, Options(false, Protocol.Strict)).Encode(example).SkipReason.ShouldBe("the text encodes to no response token");
    }

    [SharedFact]
    public void A_long_example_is_cut_to_the_maximum_length()
    {
        var options = Options(chat: false, Protocol.Strict) with { MaxLength = 10 };
        var tokens = new ExampleEncoder(Load("llama2"), options).Encode(new Example(0, "a", "", "one two three four five six seven eight nine ten")).Tokens!;
        tokens.Ids.Length.ShouldBe(10);
        tokens.Offsets.Length.ShouldBe(10);
        tokens.Truncated.ShouldBeTrue();
        tokens.Text[tokens.Offsets[tokens.ResponseStart].Start..].ShouldStartWith("one");
    }

    [SharedFact]
    public void A_conversation_is_rendered_as_it_is_in_chat_and_joined_by_line_feeds_in_base()
    {
        var example = new Example(0, "s\nu", "", "a", [new("system", "s"), new("user", "u")]);
        var tokenizer = Load("qwen2");
        new ExampleEncoder(tokenizer, Options(true, Protocol.Paper)).Prompt(example)
            .ShouldBe("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n");
        new ExampleEncoder(tokenizer, Options(false, Protocol.Paper)).Prompt(example).ShouldBe("s\nu\n");
    }

    [SharedFact]
    public void A_template_that_refuses_a_conversation_names_the_record()
    {
        var example = new Example(7, "s\nu", "", "a", [new("system", "s"), new("user", "u")]);
        var encoder = new ExampleEncoder(Load("gemma2"), Options(true, Protocol.Paper), isGemma: true, "DIR/tokenizer_config.json");
        Should.Throw<InputException>(() => encoder.Encode(example)).Message
            .ShouldMatch(@"^record 7 \(0-based\): the chat template fails: DIR/tokenizer_config.json:1:\d+: System role not supported$");
    }
}
