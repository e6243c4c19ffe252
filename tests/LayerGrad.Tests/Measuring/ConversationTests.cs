using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Measuring;

/// <summary>How the fields of a record reach the prompt, with a chat template and without one.</summary>
public sealed class ConversationTests : IDisposable
{
    private const string Template = "{% for m in messages %}[{{ m.role }}|{{ m.content is string and m.content or m.content | tojson if m.content is defined else '-' }}"
        + "{% if m.tool_calls %}|{{ m.tool_calls | tojson }}{% endif %}{% if m.reasoning_content %}|{{ m.reasoning_content }}/{{ m.thinking }}{% endif %}]{% endfor %}"
        + "{% if tools %}T{{ tools | tojson }}{% endif %}{% if documents %}D{{ documents | length }}{% endif %}{% if mode is defined %}M{{ mode }}{% endif %}>";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Example Read(string record) => Dataset.Load(_folder.Write("data.jsonl", record)).ShouldHaveSingleItem();

    private string Prompt(string record, bool chat, TemplateArguments? arguments = null, bool isGemma = false)
    {
        foreach (var file in (string[])["tokenizer.json", "tokenizer_config.json"])
        {
            if (!File.Exists(_folder.At(file)))
                File.Copy(Shared.Path("models", "tiny", "llama2", file), _folder.At(file));
        }

        _folder.Write("chat_template.jinja", Template);
        var measurement = new MeasurementSpecification { Chat = chat, Template = arguments ?? TemplateArguments.None };
        return new ExampleEncoder(Tokenizer.Load(_folder.Path), measurement, isGemma).Prompt(Read(record));
    }

    [SharedFact]
    public void System_and_history_are_the_first_turns_or_lines_before_the_instruction()
    {
        const string Record = """{"system": "S", "history": [["a", "b"], ["c", "d"]], "instruction": "I", "input": "x", "output": "o"}""";
        Prompt(Record, chat: true).ShouldBe("[system|S][user|a][assistant|b][user|c][assistant|d][user|I\nx]>");
        Prompt(Record, chat: true, isGemma: true).ShouldStartWith("[system|S]");
        Prompt(Record, chat: false).ShouldBe("S\na\nb\nc\nd\nI\nx\n");
    }

    [SharedFact]
    public void Empty_fields_are_nothing()
    {
        const string Record = """{"system": "", "history": [], "instruction": "I", "input": "", "output": "o", "tools": [], "documents": null, "chat_template_kwargs": {}}""";
        Prompt(Record, chat: true).ShouldBe("[system|You are a helpful assistant.][user|I]>");
        Prompt(Record, chat: true, isGemma: true).ShouldBe("[user|I]>");
        Prompt(Record, chat: false).ShouldBe("I\n");
        Prompt("""{"messages": [{"role": "user", "content": "u", "tool_calls": [], "reasoning": null, "name": "n"}, {"role": "assistant", "content": "r", "tool_calls": null}]}""", chat: false).ShouldBe("u\n");
    }

    [SharedFact]
    public void Tool_calls_reasoning_parts_tools_and_documents_reach_the_template_as_they_are()
    {
        Prompt("""
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "p"}]}, {"role": "assistant", "content": null, "reasoning": "hm", "tool_calls": [{"f": {"x": 1.0}}]}, {"role": "tool", "content": "7"}, {"role": "assistant", "content": "r"}], "tools": [{"name": "f"}], "documents": [{"title": "t"}], "chat_template_kwargs": {"mode": "a"}}
            """, chat: true, TemplateArguments.Parse(["mode=\"b\""], null))
            .ShouldBe("""[user|[{"type": "text", "text": "p"}]][assistant|-|[{"f": {"x": 1.0}}]|hm/hm][tool|7]T[{"name": "f"}]D1Ma>""");
    }

    [SharedFact]
    public void Arguments_and_tools_of_the_command_line_reach_the_template_where_the_record_has_none()
    {
        var arguments = TemplateArguments.Parse(["mode=3", "documents=[{}, {}]"], _folder.Write("tools.json", "[{\"name\": \"g\"}]"));
        Prompt("""{"instruction": "I", "output": "o"}""", chat: true, arguments).ShouldBe("""[system|You are a helpful assistant.][user|I]T[{"name": "g"}]D2M3>""");
        Should.Throw<InputException>(() => Prompt("""{"instruction": "I", "output": "o"}""", chat: false, arguments)).Message.ShouldContain("--chat");
    }

    [SharedTheory]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "tool_calls": [{}]}, {"role": "user", "content": "v"}, {"role": "assistant", "content": "r"}]}""", "messages[1].tool_calls")]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a", "thinking": "t"}, {"role": "user", "content": "v"}, {"role": "assistant", "content": "r"}]}""", "messages[1].thinking")]
    [InlineData("""{"messages": [{"role": "tool", "content": "7"}, {"role": "assistant", "content": "r"}]}""", "messages[0], a turn of a tool,")]
    [InlineData("""{"instruction": "I", "output": "o", "tools": [{"name": "f"}]}""", "tools")]
    [InlineData("""{"instruction": "I", "output": "o", "documents": [{"title": "t"}]}""", "documents")]
    [InlineData("""{"prompt": "I", "completion": "o", "chat_template_kwargs": {"a": 1}}""", "chat_template_kwargs")]
    public void What_only_a_template_can_write_is_refused_without_one_by_the_record_s_number(string record, string field) =>
        Should.Throw<InputException>(() => Prompt(record, chat: false)).Message.ShouldBe($"record 0 (0-based): {field} can only be written by a chat template; give --chat, or remove the record");

    [SharedTheory]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "r", "tool_calls": [{}]}]}""", "messages[1].tool_calls")]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "r", "reasoning_content": "t"}]}""", "messages[1].reasoning_content")]
    public void A_response_that_is_more_than_a_text_is_refused_where_nothing_marks_what_the_model_writes(string record, string field)
    {
        var example = Read(record);
        Prompt(record, chat: true).ShouldStartWith("[user|u]"); // The files are there now, without generation blocks in the template.
        foreach (var turns in Enum.GetValues<AssistantTurns>())
        {
            var encoder = new ExampleEncoder(Tokenizer.Load(_folder.Path), new MeasurementSpecification { Chat = true, Turns = turns });
            Should.Throw<InputException>(() => encoder.Encode(example)).Message.ShouldStartWith($"record 0 (0-based): {field}: the response has more than a content");
        }

        Should.Throw<InputException>(() => Dataset.Load(DatasetSource.OnDisk(_folder.At("data.jsonl"))).RequireTexts("this test")).Message.ShouldContain(field);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "r"}], "system": "s"}""", "system stands beside messages")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image"}]}, {"role": "assistant", "content": "r"}]}""", "messages[0].content[0] is a part without text")]
    [InlineData("""{"instruction": "I", "output": "o", "tools": "[]x"}""", "tools must be an array of tools, each an object")]
    [InlineData("""{"instruction": "I", "output": "o", "history": [["a"]]}""", "history[0] must be a pair of texts")]
    [InlineData("""{"instruction": "I", "output": "o", "images": ["a.png"]}""", "images cannot be measured; only text can")]
    public void What_cannot_be_used_at_all_is_refused_by_the_record_s_number(string record, string expected) =>
        Should.Throw<InputException>(() => Read(record)).Message.ShouldContain($"record 0 (0-based): {expected}");
}
