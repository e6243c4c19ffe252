using System.Diagnostics;
using System.Text;
using LayerGrad.ChatTemplates;
using LayerGrad.ChatTemplates.Library;
using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;
using JinjaTests = LayerGrad.ChatTemplates.Library.Tests;

namespace LayerGrad.Tests.ChatTemplates;

/// <summary>Real templates, damaged at random.</summary>
public sealed class MutatedTemplateTests(ITestOutputHelper output)
{
    private const int Mutations = 40;

    private static readonly string[] s_splices =
    [
        "{{ messages }}", "{% for x in messages %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{%", "%}", "{{", "}}", "{#", "'", "\"", "\\", "(", ")", "[", "]", "|", "~", "-", " * 10**9", " ** 99",
        "|tojson", "|list", "|map('upper')", "|selectattr('role')", "|length", "|int", "|round(99)", ".split('')", "[::-1]", "[99999999999999]", "|batch(2)", "|dictsort", "%s%999d", " % 3", "none", "loop.index", "\0", "é", "\ud83d",
    ];

    [SharedFact]
    public void A_damaged_template_gives_a_text_or_an_error_of_its_own_and_soon()
    {
        var random = new Random(14);
        var wrong = new List<string>();
        var (count, texts) = (0, 0);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Shared.Path("reference", "chat_templates_more.jsonl")))
        {
            var record = ForeignJson.Parse(Encoding.UTF8.GetBytes(line), "chat_templates_more.jsonl");
            if (!seen.Add(record.Text("template")) && !record.Has("tools"))
                continue;
            for (var i = 0; i < Mutations; i++, count++)
            {
                var template = Damage(record.Text("template"), random);
                var clock = Stopwatch.StartNew();
                try
                {
                    Render(template, record);
                    texts++;
                }
                catch (ChatTemplateException)
                {
                }
                catch (Exception error)
                {
                    wrong.Add($"{error.GetType().Name} {error.Message} of\n{template}\n{error.StackTrace}");
                }

                if (clock.Elapsed > TimeSpan.FromSeconds(30))
                    wrong.Add($"{clock.Elapsed} for\n{template}");
            }
        }

        output.WriteLine($"{count} damaged templates, {texts} of them still write a text");
        texts.ShouldBeGreaterThan(count / 20);
        wrong.ShouldBeEmpty();
    }

    private static readonly string[] s_operands =
    [
        "0", "-1", "7", "9223372036854775807", "1.5", "1e999", "('nan'|float)", "true", "none", "missing", "''", "'abc'", "' a-b C '", "'é😀'", "'%s %d'", "'12'", "[]", "[1,2,3]", "['b','A','b']",
        "[1,'a',none]", "[[1],[2]]", "(1,2)", "('a',)", "{}", "{'a':1,'b':[2]}", "{1:2,'c':none}", "[{'a':1},{'a':2}]", "range(3)", "{'a':1}.items()", "([1,2]|map('string'))", "('<'|safe)", "namespace(a=1)", "range", "messages",
    ];

    private static readonly string[] s_methods =
    [
        "upper", "lower", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "split", "rsplit", "splitlines", "partition", "rpartition", "join", "replace", "startswith", "endswith",
        "find", "rfind", "index", "count", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "ljust", "rjust", "center", "zfill", "items", "keys", "values", "get", "copy", "append", "a",
    ];

    [Fact]
    public void Every_filter_test_method_and_operator_takes_any_operands_or_says_why_not()
    {
        var random = new Random(15);
        string Any() => s_operands[random.Next(s_operands.Length)];
        string List(int count) => string.Join(", ", Enumerable.Range(0, count).Select(_ => Any()));
        var templates = new List<string>();
        foreach (var operand in s_operands)
        {
            foreach (var filter in Filters.Names)
                templates.AddRange(Enumerable.Range(0, 4).Select(count => $"{{{{ {operand} | {filter}({List(count)}) }}}}"));
            foreach (var test in JinjaTests.Names.Where(name => char.IsLetter(name[0])))
                templates.AddRange(Enumerable.Range(0, 2).Select(count => $"{{{{ {operand} is {test}({List(count)}) }}}}"));
            foreach (var method in s_methods)
                templates.AddRange(Enumerable.Range(0, 4).Select(count => $"{{{{ {operand}.{method}({List(count)}) }}}}"));
            foreach (var symbol in (string[])["+", "-", "*", "/", "//", "%", "**", "~", "<", "==", "in", "and"])
                templates.AddRange(s_operands.Select(other => $"{{{{ {operand} {symbol} {other} }}}}"));
            templates.AddRange(s_operands.SelectMany(other => (string[])[$"{{{{ {operand}[{other}] }}}}", $"{{{{ {operand}[{other}:{Any()}:{Any()}] }}}}", $"{{{{ -{operand} }}}}"]));
            templates.AddRange(Filters.Names.Select(filter => $"{{{{ {operand} | map('{filter}', {List(1)}) | list | tojson }}}}"));
        }

        var wrong = new List<string>();
        var texts = 0;
        foreach (var template in templates)
        {
            try
            {
                ChatTemplate.Parse(template, "t").Render([new ChatMessage("user", "hi")], true, null, null, default);
                texts++;
            }
            catch (ChatTemplateException)
            {
            }
            catch (Exception error)
            {
                wrong.Add($"{template}: {error}");
            }
        }

        output.WriteLine($"{templates.Count} expressions, {texts} have a value");
        texts.ShouldBeGreaterThan(templates.Count / 10);
        wrong.ShouldBeEmpty();
    }

    private static void Render(string template, JsonValue record) => ChatTemplate.Parse(template, "t").Render(new Conversation(
        [.. record.Array("messages").Select(message => new ChatMessage(message.Text("role"), "") { Record = message })])
    {
        Tools = record.Find("tools"),
        AddGenerationPrompt = true,
        BosToken = "<s>",
        EosToken = "</s>",
    });

    private static string Damage(string template, Random random)
    {
        var text = new StringBuilder(template);
        for (var times = random.Next(1, 4); times > 0 && text.Length > 0; times--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, random.Next(1, Math.Min(20, text.Length - at) + 1));
                    break;
                case 1:
                    text.Insert(at, s_splices[random.Next(s_splices.Length)]);
                    break;
                case 2:
                    var from = random.Next(template.Length);
                    text.Insert(at, template.AsSpan(from, Math.Min(random.Next(60), template.Length - from)));
                    break;
                default:
                    text[at] = template[random.Next(template.Length)];
                    break;
            }
        }

        return text.ToString();
    }
}
