using System.Globalization;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.ChatTemplates;

/// <summary>Templates that mean to fill memory, stack or the afternoon, or to write on the terminal.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class HostileTemplateTests(ITestOutputHelper output)
{
    /// <summary>
    /// What a template may take of the processor: the time on the clock says more about what else the machine does. The collection runs by itself,
    /// so that the process's time is this test's.
    /// </summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private static TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    [SharedFact]
    public void Hostile_templates_end_within_a_second_with_an_answer_or_one_line()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in (string[])["config.json", "tokenizer.json", "tokenizer_config.json"])
            File.Copy(Shared.Path("models", "tiny", "llama2", file), folder.At(file));
        string[] templates =
        [
            .. Directory.EnumerateFiles(Shared.Path("hostile", "templates"), "*.jinja"),
            .. Directory.EnumerateFiles(Shared.Path("hostile", "mutated", "tmpl"), "chat_template.jinja", SearchOption.AllDirectories),
        ];
        var wrong = new List<string>();
        foreach (var template in templates)
        {
            folder.Write("chat_template.jinja", File.ReadAllText(template));
            var start = ProcessorTime;
            var (status, _, error) = CommandLineRun.Of("prompt", folder.Path, "--user", "hi");
            var taken = ProcessorTime - start;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(Shared.Root, template)}: {status} in {taken.TotalSeconds:0.00} s; {error.TrimEnd()}"));
            var isClean = status == 0 ? error.Length == 0 : status == 2 && error.TrimEnd('\n').All(c => !char.IsControl(c)) && error.Length < 1000;
            if (!isClean || taken > s_longest)
                wrong.Add($"{template}: exit {status} after {taken}, {error}");
        }

        templates.Length.ShouldBe(13);
        wrong.ShouldBeEmpty();
    }

    public static TheoryData<string, string> Limits => new()
    {
        { "{{ 'x' * 10**9 }}", "10000000 characters in one text" },
        { "{{ 10**9 * 'x' }}", "10000000 characters in one text" },
        { "{{ ('x' * 10**6 ~ '') * 11 }}", "10000000 characters in one text" },
        { "{% for i in range(20) %}{{ 'x' * 10**6 }}{% endfor %}", "10000000 characters in one text" },
        { "{{ '%99999999999d' % 1 }}", "10000000 characters in one text" },
        { "{{ '%.2000000000s' % 'x' }}", "10000000 characters in one text" },
        { "{{ '%.5000f' % 1.5 }}", "1000 digits behind a point" },
        { "{{ 'x'.ljust(2000000000) }}", "10000000 characters in one text" },
        { "{{ 'x'.zfill(2000000000) }}", "10000000 characters in one text" },
        { "{{ 'x' | center(2000000000) }}", "10000000 characters in one text" },
        { "{{ 'x' | indent(2000000000) }}", "10000000 characters in one text" },
        { "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}", "10000000 characters in one text" },
        { "{{ ('a' * 10**6).replace('', 'b' * 10**6) }}", "10000000 characters in one text" },
        { "{{ ('a ' * 10**6) | replace('a', 'b' * 10**6) }}", "10000000 characters in one text" },
        { "{{ range(1000) | join('x' * 10**6) }}", "10000000 characters in one text" },
        { "{{ ('x' * 10**6).join(range(1000) | map('string')) }}", "10000000 characters in one text" },
        { "{{ [[1]] | tojson(indent=2000000000) }}", "10000000 characters in one text" },
        { "{{ [[1, 2]] | tojson(indent='x' * 9000000) }}", "10000000 characters in one text" },
        { "{{ [1] * 10**9 }}", "1000000 elements in one list" },
        { "{{ [1] | batch(10**9, 0) | list }}", "1000000 elements in one list" },
        { "{{ [1] | slice(10**9) | list }}", "1000000 elements in one list" },
        { "{{ ('a ' * 4 * 10**6).split(' ') | length }}", "1000000 elements in one list" },
        { "{{ ('a' * 5 * 10**6) | list | length }}", "1000000 elements in one list" },
        { "{{ 9223372036854775807 + 1 }}", "64 bits for an integer" },
        { "{{ 10 ** 20 }}", "64 bits for an integer" },
        { "{{ -(-9223372036854775807 - 1) }}", "64 bits for an integer" },
        { "{{ (-9223372036854775807 - 1) | abs }}", "64 bits for an integer" },
        { "{{ (-9223372036854775807 - 1) // -1 }}", "64 bits for an integer" },
        { "{{ 99999999999999999999 }}", "64 bits for an integer" },
        { "{{ '%d' % 1e300 }}", "64 bits for an integer" },
        { "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "steps" },
        { "{% for a in range(100000) %}{% set x = range(100000) | list %}{% endfor %}", "characters of work" },
        { "{% set s = 'x' * 10**6 %}{% for a in range(100000) %}{% if s == s ~ 'y' %}{% endif %}{% endfor %}", "characters of work" },
        { "{% set s = 'x' * 9000000 %}{% for a in range(100000) %}{% if 'y' in s %}{% endif %}{% endfor %}", "characters of work" },
        { "{% set ns = namespace(x=[]) %}{% for a in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "150 levels of lists in one another" },
        { "{% set ns = namespace(x=1) %}{% for a in range(100000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x | tojson }}", "150 levels of lists in one another" },
        { "{% set ns = namespace(x=[1]) %}{% for a in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "20000000 characters in one value" },
        { "{% set ns = namespace(x=(1,)) %}{% for a in range(100) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ ns.x == ns.x }}", "20000000 characters in one value" },
        { "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", "400 levels of recursion" },
        { "{% macro m(x) %}{% call m(x) %}{% endcall %}{% endmacro %}{{ m(1) }}", "400 levels of recursion" },
        { $"{{{{ 1{string.Concat(Enumerable.Repeat(" + 1", 100_000))} }}}}", "400 levels of recursion" },
        { $"{{{{ x{string.Concat(Enumerable.Repeat(" | default(1)", 50_000))} }}}}", "400 levels of recursion" },
        { $"{{% set x{string.Concat(Enumerable.Repeat(" | default(1)", 50_000))} %}}a{{% endset %}}", "400 levels of recursion" },
        { new string('x', 1_000_001), "1000000 characters to be written down" },
        { $"{{{{ 'a' | map('map'{string.Concat(Enumerable.Repeat(", 'map'", 100_000))}, 'upper') | list }}}}", "400 levels of recursion" },
        { $"{{{{ {new string('(', 100_000)}1{new string(')', 100_000)} }}}}", "100 levels of nesting" },
        { $"{{{{ {new string('[', 100_000)}{new string(']', 100_000)} }}}}", "100 levels of nesting" },
        { $"{{{{ {new string('-', 100_000)}1 }}}}", "100 levels of nesting" },
        { $"{{{{ {string.Concat(Enumerable.Repeat("not ", 100_000))}1 }}}}", "100 levels of nesting" },
        { $"{{{{ {string.Concat(Enumerable.Repeat("1 if 1 else ", 50_000))}1 }}}}", "100 levels of nesting" },
        { $"{{% set {new string('(', 100_000)}x{new string(')', 100_000)} = 1 %}}", "100 levels of nesting" },
        { string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)), "100 levels of nesting" },
        { $"{{{{ {string.Concat(Enumerable.Repeat("a[", 100_000))}1{new string(']', 100_000)} }}}}", "100 levels of nesting" },
    };

    [Fact]
    public void A_template_that_takes_too_much_is_told_so_with_its_place_and_soon()
    {
        var wrong = new List<string>();
        foreach (var row in Limits)
        {
            var (template, expected) = ((string)row[0], (string)row[1]);
            var shown = template.Length > 90 ? template[..90] + "…" : template;
            var (start, before) = (ProcessorTime, GC.GetAllocatedBytesForCurrentThread());
            var error = Failure(template);
            var taken = ProcessorTime - start;
            var megabytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1_000_000;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{taken.TotalSeconds:0.00} s, {megabytes} MB: {shown} {error?.Message}"));
            if (error is not { IsLimit: true } || !error.Reason.StartsWith("the template takes more than", StringComparison.Ordinal) || !error.Reason.EndsWith(expected, StringComparison.Ordinal))
                wrong.Add($"{shown}: {error?.Message ?? "no error"} instead of {expected}");
            else if (taken > 2 * s_longest || megabytes > 2000 || error.Line < 1 || error.Column < 1)
                wrong.Add($"{shown}: took {taken} and {megabytes} MB");
        }

        wrong.ShouldBeEmpty();
    }

    private static ChatTemplateException? Failure(string template)
    {
        try
        {
            ChatTemplate.Parse(template, "t").Render([new ChatMessage("user", "hi")], true, null, null, default);
            return null;
        }
        catch (ChatTemplateException error)
        {
            return error;
        }
    }

    [Fact]
    public void The_deepest_templates_that_are_allowed_fit_a_small_stack()
    {
        // Each kind of nesting just within its bounds, on the 512 kB that a thread of macOS has at least; a stack overflow would end the process.
        string[] templates =
        [
            $"{{{{ {new string('(', 90)}1{new string(')', 90)} }}}}",
            $"{{{{ 1{string.Concat(Enumerable.Repeat(" + 1", 380))} }}}}",
            "{% macro m(n) %}{% if n %}{% for i in [1] %}{{ [m(n - 1)] | join | upper | trim }}{% endfor %}{% endif %}{% endmacro %}{{ m(100000) }}",
            "{% macro m(n) %}{% set x %}{{ m(n) }}{% endset %}{% endmacro %}{{ m(1) }}",
            "{% set ns = namespace(x=[]) %}{% for a in range(140) %}{% set ns.x = [ns.x, {'a': a}] %}{% endfor %}{{ ns.x }}{{ ns.x | tojson(indent=1) }}{{ ns.x == ns.x }}{{ [ns.x, ns.x] | unique | list if false }}",
            $"{{{{ 'a' | map('map'{string.Concat(Enumerable.Repeat(", 'map'", 350))}, 'upper') | list }}}}",
        ];
        var ended = 0;
        var thread = new Thread(() =>
        {
            foreach (var template in templates)
            {
                Failure(template);
                ended++;
            }
        }, 512 * 1024);
        thread.Start();
        thread.Join();
        ended.ShouldBe(templates.Length);
    }
}
