using LayerGrad.ChatTemplates;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.ChatTemplates;

public sealed class TemplateArgumentsTests
{
    [Fact]
    public void Arguments_are_JSON_in_the_order_of_their_names_and_tools_a_file()
    {
        using var folder = new TemporaryFolder();
        var tools = folder.Write("tools.json", "[ {\"name\": \"add\", \"b\": 1.50} ]");
        var arguments = TemplateArguments.Parse(["reasoning_effort=\"low\"", "enable_thinking=false", "n=[1, {\"a\": null}]"], tools);
        arguments.Json.ShouldBe("""{"enable_thinking":false,"n":[1,{"a":null}],"reasoning_effort":"low"}""");
        arguments.ToolsJson.ShouldBe("""[{"name":"add","b":1.50}]""");
        TemplateArguments.Parse([], null).ShouldBeSameAs(TemplateArguments.None);
        (TemplateArguments.None.Json, TemplateArguments.None.ToolsJson).ShouldBe((null, null));
    }

    [Theory]
    [InlineData("thinking", "--template-arg thinking: write NAME=VALUE")]
    [InlineData("=1", "--template-arg =1: write NAME=VALUE")]
    [InlineData("effort=low", "--template-arg effort=low: the value is not JSON; write a text in double quotes and the whole in single ones: 'effort=\"low\"'")]
    [InlineData("effort=", "--template-arg effort=: the value is not JSON")]
    [InlineData("x=NaN", "--template-arg x=NaN: the value is not JSON")]
    [InlineData("a b=1", "--template-arg a b: is no name")]
    [InlineData("messages=[]", "--template-arg messages: LayerGrad sets it itself")]
    [InlineData("tools=[]", "--template-arg tools: LayerGrad sets it itself; give the tools in a file with --tools")]
    [InlineData("documents={}", "--template-arg documents: the top level must be an array of documents")]
    public void What_is_wrong_with_an_argument_is_said(string assignment, string expected) =>
        Should.Throw<InputException>(() => TemplateArguments.Parse([assignment], null)).Message.ShouldStartWith(expected);

    [Fact]
    public void An_argument_given_twice_and_tools_that_are_none_are_refused()
    {
        Should.Throw<InputException>(() => TemplateArguments.Parse(["a=1", "a=2"], null)).Message.ShouldBe("--template-arg a: is given twice");
        using var folder = new TemporaryFolder();
        Should.Throw<InputException>(() => TemplateArguments.Parse([], folder.Write("t.json", "{}"))).Message.ShouldEndWith("t.json: the top level must be an array of tools, each an object, but is an object");
        Should.Throw<InputException>(() => TemplateArguments.Parse([], folder.Write("u.json", "[1]"))).Message.ShouldEndWith("u.json: [0] must be an object, as tools are, but is 1");
    }
}
