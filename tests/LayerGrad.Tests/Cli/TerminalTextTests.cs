using System.Text.RegularExpressions;
using LayerGrad.Analysis.Output;
using LayerGrad.Cli;
using LayerGrad.Cli.Progress;
using LayerGrad.Tests.Support;
using Spectre.Console;

namespace LayerGrad.Tests.Cli;

/// <summary>Messages and tables on terminals, whatever the files that they quote hold.</summary>
[Collection(nameof(CommandLineRun))]
public sealed partial class TerminalTextTests : IDisposable
{
    private const string Hostile = "a\e[31m\n\r\u0085\u009b1m\u202eb\u2066\u2028c\0";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Controls_are_escaped_and_other_text_is_kept()
    {
        PlainText.Escape(Hostile).ShouldBe(@"a\x1b[31m\n\r\x85\x9b1m\u202eb\u2066\u2028c\x00");
        PlainText.Escape("É 漢字 😀 σ₁").ShouldBe("É 漢字 😀 σ₁");
        PlainText.EscapeLines("one\n\ttwo\e").ShouldBe("one\n\ttwo\\x1b");
        PlainText.EscapeCsv("set,n\n\"a\nFAKE,1\",2\n\"say \"\"x\"\"\n\",3\nb\tc\e,4\n").ShouldBe("set,n\n\"a\\nFAKE,1\",2\n\"say \"\"x\"\"\\n\",3\nb\tc\\x1b,4\n");
    }

    [Fact]
    public void A_long_message_keeps_its_beginning_and_its_end()
    {
        var message = PlainText.Message($"file.json: {string.Concat(Enumerable.Repeat("😀", 2000))}; give another file");
        message.Length.ShouldBeInRange(490, PlainText.LongestMessage);
        message.ShouldStartWith("file.json: ");
        message.ShouldEndWith("; give another file");
        message.Where((c, i) => char.IsSurrogate(c) && !(char.IsHighSurrogate(c) ? char.IsLowSurrogate(message[i + 1]) : char.IsHighSurrogate(message[i - 1]))).ShouldBeEmpty();
        PlainText.Message("short").ShouldBe("short");
    }

    [Fact]
    public void An_error_that_quotes_a_file_is_one_line_of_plain_text()
    {
        var data = _folder.Write("data.json", "[{\"instruction\": \"a\", \"output\": \"b\"}]");
        var (status, _, error) = CommandLineRun.Of("measure", "--model", Hostile.Replace("\0", "", StringComparison.Ordinal) + new string('x', 3000), "--data", data, "--out", _folder.At("run.jsonl"));
        status.ShouldBe(2);
        error.ShouldEndWith(Environment.NewLine);
        var line = error[..^Environment.NewLine.Length];
        line.ShouldAllBe(c => !PlainText.IsControl(c));
        line.Length.ShouldBeLessThanOrEqualTo(PlainText.LongestMessage);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    public void A_table_keeps_every_column_and_number_at_any_width(int width)
    {
        string[][] rows = [["None, irrelevant answers", "Q", "1.85 [1.16, 2.62]", "3.32", "0.497", "4.20 [3.82, 4.67]"], ["Detailed" + Hostile, "K", "–", "0.1", "0.2", "12.88 [9.71, 16.13]"]];
        var table = new ResultTable("t", "T", "C",
            [new("Set", false), new("Proj.", false), new("Level", true), new("Early", true), new("Middle", true), new("MAD, all layers", true)], rows);
        var parts = TableLayout.Fit(table, width);
        parts.ShouldAllBe(part => part.Columns[0].Heading == "Set" && part.Columns[1].Heading == "Proj.");
        foreach (var (row, number) in rows.Select((row, number) => (row, number)))
            parts.SelectMany(part => part.Rows[number].Skip(2)).Select(OneLine).ShouldBe(row.Skip(2));
        parts.ShouldAllBe(part => OneLine(part.Rows[0][0]) == "None, irrelevant answers");

        var text = Printed(table, width);
        text.Split('\n').ShouldAllBe(line => line.Length <= width);
        text.ShouldAllBe(c => c == '\n' || !PlainText.IsControl(c));
        text.ShouldContain("irrelevant");
        text.ShouldContain("16.13]");
    }

    [Fact]
    public void A_line_above_a_bar_erases_the_bar_first()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(text) });
        console.Write(new LineAboveBar("planned\e[31m"));
        text.ToString().ShouldBe("\e[J" + @"planned\x1b[31m" + Environment.NewLine);
    }

    [Fact]
    public void The_example_of_generate_comes_out_as_its_help_shows()
    {
        var (_, help, _) = CommandLineRun.Of("generate", "--help");
        var example = Example().Match(help);
        example.Success.ShouldBeTrue(help);
        var model = Path.Combine(Shared.Repository, "demo", "model");
        var (status, answer, error) = CommandLineRun.Of("generate", model, "--prompt", example.Groups["prompt"].Value, "--device", "cpu");
        status.ShouldBe(0, error);
        answer.Trim().ShouldBe(example.Groups["answer"].Value.Trim());
    }

    private static string OneLine(string cell) => cell.Replace('\n', ' ');

    private static string Printed(ResultTable table, int width)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        TableText.Print(console, table);
        return text.ToString().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"Example: layergrad generate demo/model --prompt '(?<prompt>[^']+)'\s*\n\s*prints: (?<answer>[^\r\n]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Example();
}
