using System.Text.Json.Nodes;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Measuring;

/// <summary>Which tokens count under <c>--turns all</c>.</summary>
public sealed class AssistantMaskTests : IDisposable
{
    private const string Closed = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
    private const string Marked = "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}</s>{% endgeneration %}{% else %}{{ m.content }}{% endif %}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
    private const string TwoTurns = """{"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "one?"}, {"role": "assistant", "content": "yes one"}, {"role": "user", "content": "two?"}, {"role": "assistant", "content": "two it is"}]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// The spans are those of transformers; which tokens they hold is counted here once more, as its <c>char_to_token</c> does it: from the token of the first character of a span to that of its last.
    /// </summary>
    [SharedFact]
    public void Tokens_of_the_reference_s_generation_blocks_count()
    {
        var (measured, empty) = (0, 0);
        foreach (var line in File.ReadLines(Shared.Path("reference", "chat_templates_more.jsonl")))
        {
            var record = ForeignJson.Parse(System.Text.Encoding.UTF8.GetBytes(line), "chat_templates_more.jsonl");
            if (!record.Has("assistant_spans"))
                continue;
            var name = record.Text("name");
            var conversation = new JsonObject
            {
                ["messages"] = JsonNode.Parse(record.Require("messages").Element.GetRawText()),
                ["tools"] = record.Find("tools") is { } tools ? JsonNode.Parse(tools.Element.GetRawText()) : null,
                ["chat_template_kwargs"] = JsonNode.Parse(record.Object("kwargs").Element.GetRawText()),
            };
            ((JsonObject)conversation["chat_template_kwargs"]!).Remove("add_generation_prompt").ShouldBeTrue();
            var spans = record.Array("assistant_spans").Select(span => span.Items().Select(end => end.AsInt()).ToArray()).ToList();
            if (spans.Count == 0)
            {
                // Nothing there that the assistant says, so the record is none: a dataset has responses.
                Should.Throw<InputException>(() => Read(conversation)).Message.ShouldContain("has no assistant turn", customMessage: name);
                empty++;
                continue;
            }

            var encoder = Encoder(record.Text("template"), AssistantTurns.All, eos: record.OptionalText("eos_token"));
            var encoded = encoder.Encode(Read(conversation)).Tokens.ShouldNotBeNull(name);
            var said = encoded.Text[..Place(encoded, spans[^1][1])]; // What follows the last answer is left out, and some templates end with a count.
            record.Text("expected").ShouldStartWith(said, customMessage: name);
            encoded.CountedPositions.ShouldBe(Expected(encoded, spans), name);
            encoded.CountedPositions.ShouldNotBeEmpty(name);
            measured++;
        }

        (measured, empty).ShouldBe((15, 7));
    }

    [Theory]
    [InlineData("{% macro say(m) %}{% generation %}{{ m.content }}{% endgeneration %}{% endmacro %}{% for m in messages %}{{ say(m) }}{% endfor %}", "1:22", "a macro")]
    [InlineData("{% for m in messages %}{% set x %}{% generation %}{{ m.content }}{% endgeneration %}{% endset %}{{ x }}{% endfor %}", "1:38", "a set block")]
    [InlineData("{% for m in messages %}\n{% filter trim %}{% generation %}{{ m.content }}{% endgeneration %}{% endfilter %}{% endfor %}", "2:21", "a filter block")]
    [InlineData("{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}{% generation %}a{% endgeneration %}{% endcall %}", "1:61", "a call block")]
    [InlineData("{% generation %}a{% generation %}b{% endgeneration %}{% endgeneration %}", "1:21", "another generation block")]
    public void A_block_whose_place_is_not_known_is_refused_by_its_line_and_column(string template, string place, string inside)
    {
        var parsed = ChatTemplate.Parse(template, "chat_template.jinja");
        parsed.MarksAssistant.ShouldBeTrue();
        Should.Throw<InputException>(() => parsed.RequirePlaces("--turns all")).Message.ShouldStartWith($"chat_template.jinja:{place}: --turns all: the generation block stands inside {inside},");
    }

    [Theory]
    [InlineData("{% for m in messages %}{% if m %}{% with a = 1 %}{% generation %}{% set x %}a{% endset %}{{ x }}{% endgeneration %}{% endwith %}{% endif %}{% endfor %}")]
    [InlineData("{% macro f() %}a{% endmacro %}{% set x = 1 %}{% generation %}{{ f() }}{% endgeneration %}")]
    public void A_block_in_loops_and_conditions_has_its_place(string template) => ChatTemplate.Parse(template, "t").RequirePlaces("--turns all");

    [SharedFact]
    public void A_misplaced_block_is_refused_when_all_turns_are_asked_for_alone()
    {
        const string Template = "{% macro say(m) %}{% generation %}{{ m.content }}{% endgeneration %}{% endmacro %}{% for m in messages %}{{ say(m) }}{% endfor %}";
        Encoder(Template, AssistantTurns.Last).Encode(Read(TwoTurns)).Tokens.ShouldNotBeNull();
        Should.Throw<InputException>(() => Encoder(Template, AssistantTurns.All)).Message.ShouldContain("inside a macro");
    }

    [SharedFact]
    public void Without_blocks_earlier_answers_count_where_the_model_would_have_given_them()
    {
        var all = Encoder(Closed, AssistantTurns.All).Encode(Read(TwoTurns)).Tokens.ShouldNotBeNull();
        Said(all).ShouldBe(["yes one", "two it is"]);
        var last = Encoder(Closed, AssistantTurns.Last).Encode(Read(TwoTurns)).Tokens.ShouldNotBeNull();
        (all.Text, all.Ids.Length).ShouldBe((last.Text, last.Ids.Length));
        Said(last).ShouldBe(["two it is"]);
        last.PartOf(all.ResponseStart).ShouldBe(TokenPart.Prompt);

        const string Shouting = "{% for m in messages %}<{{ m.role }}>{{ m.content | upper }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
        Should.Throw<InputException>(() => Encoder(Shouting, AssistantTurns.All).Encode(Read(TwoTurns))).Message
            .ShouldStartWith("record 0 (0-based): the chat template has no generation block, and does not write turn 2 of the conversation");
    }

    [SharedFact]
    public void Without_a_template_all_answers_count_in_the_joined_text()
    {
        foreach (var protocol in Enum.GetValues<Protocol>())
        {
            Said(Encoder(null, AssistantTurns.All, protocol).Encode(Read(TwoTurns)).Tokens!).ShouldBe(["yes one", "two it is"]);
            Said(Encoder(null, AssistantTurns.All, protocol).Encode(Read("""{"system": "S", "history": [["a?", "bee"], ["c?", "dee"]], "instruction": "I", "input": "x", "output": "oh"}""")).Tokens!)
                .ShouldBe(["bee", "dee", "oh"]);
        }
    }

    [SharedFact]
    public void Of_one_answer_all_turns_are_the_last()
    {
        foreach (var example in Dataset.Load(Shared.Path("reference", "examples.json")))
        {
            foreach (var protocol in Enum.GetValues<Protocol>())
            {
                foreach (var template in (string?[])[null, Closed])
                {
                    var (all, last) = (Encoder(template, AssistantTurns.All, protocol).Encode(example), Encoder(template, AssistantTurns.Last, protocol).Encode(example));
                    all.SkipReason.ShouldBe(last.SkipReason);
                    all.Tokens?.Ids.ShouldBe(last.Tokens!.Ids);
                    all.Tokens?.CountedPositions.ShouldBe(last.Tokens!.CountedPositions);
                }
            }
        }
    }

    [SharedFact]
    public void Reasoning_that_the_template_marks_counts_and_is_known_as_thinking()
    {
        const string Record = """{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "so nine", "reasoning_content": "four and five"}]}""";
        var tokens = Encoder(Marked, AssistantTurns.All).Encode(Read(Record)).Tokens.ShouldNotBeNull();
        Said(tokens).ShouldBe(["<think>four and five</think>so nine</s>"]);
        var thinking = Enumerable.Range(0, tokens.Ids.Length).Where(position => tokens.PartOf(position) == TokenPart.Thinking).ToList();
        tokens.Text[tokens.Offsets[thinking[0]].Start..].ShouldStartWith("<think>");
        tokens.CountedThinking.ShouldBe(thinking.Count);
        Said(Encoder(Marked, AssistantTurns.All, thinking: ThinkingMask.Drop).Encode(Read(Record)).Tokens!).ShouldHaveSingleItem().ShouldEndWith("so nine</s>");
        Encoder(Marked, AssistantTurns.All, thinking: ThinkingMask.Only).Encode(Read(Record)).Tokens!.CountedPositions.ShouldBe(thinking);
    }

    [SharedFact]
    public void An_example_cut_before_any_answer_is_skipped_and_one_cut_between_two_keeps_the_first()
    {
        var whole = Encoder(Closed, AssistantTurns.All).Encode(Read(TwoTurns)).Tokens!;
        Said(Encoder(Closed, AssistantTurns.All, maxLength: whole.Ids.Length - 9).Encode(Read(TwoTurns)).Tokens!).ShouldHaveSingleItem().ShouldBe("yes one");
        var cut = Encoder(Closed, AssistantTurns.All, maxLength: whole.ResponseStart).Encode(Read(TwoTurns));
        cut.SkipReason.ShouldBe(ExampleEncoder.BeyondMaxLength(whole.ResponseStart));
        Encoder("{% for m in messages %}{{ m.content }}{% if m.role == 'tool' %}{% generation %}x{% endgeneration %}{% endif %}{% endfor %}", AssistantTurns.All)
            .Encode(Read(TwoTurns)).SkipReason.ShouldBe(LossMask.NothingMarked);
    }

    private static IEnumerable<int> Expected(TokenizedExample encoded, List<int[]> spans)
    {
        int TokenOf(int character) => Array.FindIndex(encoded.Offsets, offset => offset.Start <= character && character < offset.End);
        var counted = new SortedSet<int>();
        foreach (var span in spans)
            counted.UnionWith(Enumerable.Range(TokenOf(Place(encoded, span[0])), TokenOf(Place(encoded, span[1]) - 1) - TokenOf(Place(encoded, span[0])) + 1));
        return counted;
    }

    /// <summary>Where a code point stands in UTF-16 units.</summary>
    private static int Place(TokenizedExample encoded, int codePoint) => encoded.Text.EnumerateRunes().Take(codePoint).Sum(rune => rune.Utf16SequenceLength);

    /// <summary>The text of each run of tokens that count.</summary>
    private static List<string> Said(TokenizedExample tokens)
    {
        var said = new List<string>();
        var last = -2;
        foreach (var position in tokens.CountedPositions)
        {
            var text = tokens.Text[tokens.Offsets[position].Start..tokens.Offsets[position].End];
            if (position == last + 1)
                said[^1] += text;
            else
                said.Add(text);
            last = position;
        }

        return said;
    }

    private static Example Read(string record) => new RecordReader(DatasetFields.None).Read(ForeignJson.Parse(System.Text.Encoding.UTF8.GetBytes(record), "record"), 0).Example;

    private static Example Read(JsonObject record) => Read(record.ToJsonString());

    /// <summary>An encoder whose tokenizer makes a token of each byte and knows a chat template.</summary>
    private ExampleEncoder Encoder(
        string? template, AssistantTurns turns, Protocol protocol = Protocol.Strict, int maxLength = 1024, ThinkingMask thinking = ThinkingMask.Keep, string? eos = null)
    {
        var source = Shared.Path("models", "tiny", "qwen2");
        File.Copy(Path.Combine(source, "tokenizer.json"), _folder.At("tokenizer.json"), overwrite: true);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer_config.json")))!;
        config["chat_template"] = template;
        if (eos is not null)
            config["eos_token"] = eos;
        _folder.Write("tokenizer_config.json", config.ToJsonString());
        var measurement = new MeasurementSpecification { Chat = template is not null, Turns = turns, Protocol = protocol, MaxLength = maxLength, Thinking = thinking, Date = new DateOnly(2024, 7, 26) };
        return new ExampleEncoder(Tokenizer.Load(_folder.Path), measurement, isGemma: true);
    }
}
