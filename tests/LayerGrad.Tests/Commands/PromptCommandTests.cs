using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Commands;

[Collection(nameof(CommandLineRun))]
public sealed class PromptCommandTests : IDisposable
{
    private const string Template = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</{{ m.role }}>{% endfor %}{% if tools %}{{ tools | length }} tools{% endif %}"
        + "{% if add_generation_prompt %}<assistant>{% if enable_thinking is false %}no thinking{% endif %}{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public PromptCommandTests()
    {
        _folder.Write("chat_template.jinja", Template);
        _folder.Write("tokenizer_config.json", "{}");
    }

    public void Dispose() => _folder.Dispose();

    private (int Status, string Output, string Error) Prompt(params string[] arguments) => CommandLineRun.Of(["prompt", _folder.Path, .. arguments]);

    [Fact]
    public void A_whole_conversation_is_written_with_tools_and_arguments()
    {
        var chat = _folder.Write("chat.json", """[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "so  "}]""");
        var tools = _folder.Write("tools.json", "[{}, {}]");
        Prompt("--messages", chat).ShouldBe((0, "<user>hi</user><assistant>so</assistant><assistant>", ""));
        Prompt("--messages", chat, "--tools", tools, "--template-arg", "enable_thinking=false")
            .ShouldBe((0, "<user>hi</user><assistant>so</assistant>2 tools<assistant>no thinking", ""));
        Prompt("--messages", chat, "--no-generation-prompt").ShouldBe((0, "<user>hi</user><assistant>so</assistant>", ""));
        Prompt("--messages", chat, "--continue").ShouldBe((0, "<user>hi</user><assistant>so", ""));
        Prompt("--messages", _folder.Write("object.json", """{"messages": [{"role": "user", "content": "hi"}], "tools": [{}]}""")).ShouldBe((0, "<user>hi</user>1 tools<assistant>", ""));
    }

    [Fact]
    public void An_argument_that_the_template_never_reads_is_noted()
    {
        var (status, output, error) = Prompt("--user", "hi", "--template-arg", "enable_thinkin=false", "--template-arg", "enable_thinking=true");
        (status, output).ShouldBe((0, "<user>hi</user><assistant>"));
        error.TrimEnd().ShouldBe("layergrad: note: the chat template never reads enable_thinkin, so that it changes nothing.");
    }

    [Fact]
    public void Tools_choose_the_template_that_the_model_has_for_them()
    {
        var tools = _folder.Write("tools.json", "[{}]");
        File.Delete(_folder.At("chat_template.jinja"));
        _folder.Write("tokenizer_config.json", """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "{{ tools | tojson }}{{ x }}"}]}""");
        Prompt("--user", "hi").ShouldBe((0, "plain", ""));
        Prompt("--user", "hi", "--tools", tools).ShouldBe((0, "[{}]", ""));
        Prompt("--user", "hi", "--template-arg", "x=1").Error.ShouldContain("never reads x");
        Prompt("--user", "hi", "--tools", tools, "--template-arg", "x=1").ShouldBe((0, "[{}]1", ""));

        _folder.Write("chat_template.jinja", "both");
        Prompt("--user", "hi", "--tools", tools).Output.ShouldBe("both");
        _folder.Write("additional_chat_templates/tool_use.jinja", "{{ tools.x.y }}");
        Prompt("--user", "hi", "--tools", tools).Error.ShouldContain("chat_template.jinja (tool_use):1:");
    }

    [Theory]
    [InlineData("{}", "messages is missing")]
    [InlineData("[]", "holds no turn")]
    [InlineData("3", "must be an array of turns, or an object with messages")]
    [InlineData("[{\"role\": \"user\"}]", "[0].content is missing")]
    public void A_file_that_holds_no_conversation_is_refused(string text, string expected)
    {
        var (status, output, error) = Prompt("--messages", _folder.Write("chat.json", text));
        (status, output).ShouldBe((2, ""));
        error.ShouldContain("chat.json");
        error.ShouldContain(expected);
    }

    [Fact]
    public void What_does_not_go_together_is_said()
    {
        Prompt().Error.ShouldContain("give --user TEXT, or a whole conversation with --messages FILE");
        Prompt("--user", "a", "--messages", _folder.Write("c.json", "[]")).Error.ShouldContain("--messages: holds the whole conversation");
        Prompt("--user", "a", "--template-arg", "x=y").Error.ShouldContain("'x=\"y\"'");
    }

    [SharedFact]
    public void A_run_records_what_its_template_was_given_and_goes_on_only_under_the_same()
    {
        foreach (var file in Directory.EnumerateFiles(Shared.Path("models", "tiny", "llama2")))
        {
            if (Path.GetFileName(file) != "tokenizer_config.json")
                File.Copy(file, _folder.At(Path.GetFileName(file)));
        }

        var (data, run) = (_folder.Write("data.json", """[{"instruction": "hi", "output": "you"}]"""), _folder.At("run.jsonl"));
        (int Status, string Output, string Error) Measure(params string[] more) =>
            CommandLineRun.Of(["measure", "--model", _folder.Path, "--data", data, "--out", run, "--chat", .. more]);
        var tools = _folder.Write("tools.json", "[ {} ]");

        Measure("--template-arg", "enable_thinking=false", "--tools", tools).Status.ShouldBe(0);
        var metadata = File.ReadAllText(_folder.At("run.meta.json"));
        metadata.ShouldContain("\"template_args\": {\"enable_thinking\":false}");
        metadata.ShouldContain("\"tools\": [{}]");
        Measure("--template-arg", "enable_thinking=false", "--tools", tools).Error.ShouldContain("nothing to do");
        Measure("--template-arg", "enable_thinking=true", "--tools", tools).Error.ShouldContain("--template-arg was {\"enable_thinking\":false} and is now {\"enable_thinking\":true}");
        Measure("--template-arg", "enable_thinking=false").Error.ShouldContain("--tools was [{}] and is now not given");
        File.Delete(run);
        File.Delete(_folder.At("run.meta.json"));
        Measure().Status.ShouldBe(0);
        File.ReadAllText(_folder.At("run.meta.json")).ShouldNotContain("template_args");
        Measure("--tools", tools).Error.ShouldContain("--tools was not given and is now [{}]");
    }
}
