using System.Diagnostics;
using System.Globalization;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Fuzzing;

/// <summary>Every reader gets changed inputs from a fixed seed, in processes that are watched from outside: <c>scripts/fuzz</c>.</summary>
public sealed class FuzzTests
{
    private const int Targets = 26;

    [Fact]
    public void Changed_inputs_are_read_or_refused_in_one_line()
    {
        var (status, output) = Run("all", "--mutations", (Extent.IsWhole ? 3_000 : 300).ToString(CultureInfo.InvariantCulture), "--seed", "1");
        output.ShouldEndWith(string.Create(CultureInfo.InvariantCulture, $"targets: {Targets}, findings: 0\n"), Case.Sensitive, output);
        status.ShouldBe(0, output);
    }

    [Fact]
    public void A_planted_fault_of_each_kind_is_found_and_the_next_input_is_read()
    {
        var lines = Run("--planted").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] expected =
        [
            "hang: Finding: time: more than 2 s", "stack: Finding: the process died", "memory: Finding: ", "large object: Finding: System.OutOfMemoryException", "throw: Finding: System.FormatException: planted",
            "two lines: Refused: one two",
        ];
        lines.Length.ShouldBe(expected.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i].ShouldStartWith(expected[i]);
            lines[i].ShouldEndWith("| then Read");
        }

        (lines[2].Contains("memory: more than 1024 MiB", StringComparison.Ordinal) || lines[2].Contains("OutOfMemoryException", StringComparison.Ordinal)).ShouldBeTrue(lines[2]);
    }

    private static (int Status, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LayerGrad.Fuzz.dll"), .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
