using System.Text.Json;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.ChatTemplates;

/// <summary>Small templates whose results Jinja itself wrote down (<c>make_jinja_cases.py</c>).</summary>
public sealed class JinjaCaseTests
{
    private static readonly List<ChatMessage> s_messages = [new("system", "S"), new("user", " U "), new("assistant", "A"), new("user", "V")];

    public static TheoryData<string, string?, string?, string?> Cases()
    {
        var path = Path.Combine(Shared.Repository, "tests", "LayerGrad.Tests", "ChatTemplates", "jinja_cases.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var cases = new TheoryData<string, string?, string?, string?>();
        foreach (var record in document.RootElement.EnumerateArray())
        {
            string? Text(string key) => record.TryGetProperty(key, out var value) ? value.GetString() : null;
            cases.Add(Text("template")!, Text("expected"), Text("error"), Text("type"));
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_small_template_does_what_Jinja_does(string template, string? expected, string? error, string? type)
    {
        string Render() => ChatTemplate.Parse(template, "t").Render(s_messages, addGenerationPrompt: true, "<s>", "</s>", new DateOnly(2024, 7, 26));
        if (error is null)
        {
            Render().ShouldBe(expected);
            return;
        }

        var thrown = Should.Throw<ChatTemplateException>(Render);
        thrown.RaisedByTemplate.ShouldBe(type == "TemplateError");
        // How a syntax error is put is our own affair.
        if (type is not ("TemplateSyntaxError" or "SyntaxError"))
            thrown.Reason.ShouldBe(error);
    }

    [Theory]
    [InlineData("{{ 1 }}\n  {{ messages + 1 }}", "t:2:15: can only concatenate list (not \"int\") to list")]
    [InlineData("{{ 1 }}\n{% if x %}\n{{ nope.y.z }}{% endif %}{% nope %}", "t:3:29: Encountered unknown tag 'nope'.")]
    [InlineData("a\r\n{{ missing.field }}", "t:2:12: 'missing' is undefined")]
    [InlineData("{% for m in messages %}{{ m.content | nosuch(1) }}{% endfor %}", "t:1:39: No filter named 'nosuch'.")]
    [InlineData("{% if true %}\n", "t:1:14: unexpected end of template, expected 'elif' or 'else' or 'endif'")]
    [InlineData("{% include 'x' %}", "t:1:4: the statement 'include' is not supported in chat templates")]
    [InlineData("{% for x in messages recursive %}{% endfor %}", "t:1:22: recursive loops are not supported in chat templates")]
    [InlineData("{{ range(100001) }}", "t:1:9: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "t:1:19: the template takes more than 400 levels of recursion")]
    public void An_error_has_its_line_and_column(string template, string expected)
    {
        var error = Should.Throw<ChatTemplateException>(() =>
            ChatTemplate.Parse(template, "t").Render(s_messages, addGenerationPrompt: true, null, null, new DateOnly(2024, 7, 26)));
        error.Message.ShouldContain(expected);
        error.Message.ShouldStartWith("t:");
    }

    [Fact]
    public void Deep_nesting_is_an_error_and_no_crash()
    {
        var deep = "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}";
        Should.Throw<ChatTemplateException>(() => ChatTemplate.Parse(deep, "t")).Reason.ShouldBe("the template takes more than 100 levels of nesting");
        var chain = "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) + " }}";
        Should.Throw<ChatTemplateException>(() => ChatTemplate.Parse(chain, "t").Render([], false, null, null, default)).Reason.ShouldContain("recursion");
    }

    [Fact]
    public void Tools_are_None_as_transformers_passes_them_so_that_a_template_that_iterates_over_them_fails()
    {
        string Render(string template, bool saysTools) => ChatTemplate.Parse(template, "t").Render(new Conversation(s_messages) { SaysTools = saysTools }).Text;
        Render("{{ tools }}{{ bos_token is defined }}", saysTools: true).ShouldBe("NoneFalse");
        Render("{{ tools }}{{ tools is defined }}", saysTools: false).ShouldBe("False");
        Should.Throw<ChatTemplateException>(() => Render("{% for tool in tools %}{{ tool }}{% endfor %}x", saysTools: true)).Reason.ShouldBe("'NoneType' object is not iterable");
        Render("{% for tool in tools %}{{ tool }}{% endfor %}x", saysTools: false).ShouldBe("x");
    }
}
