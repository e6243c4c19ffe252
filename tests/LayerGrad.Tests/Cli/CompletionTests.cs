using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Cli;

[Collection(nameof(CommandLineRun))]
public sealed class CompletionTests
{
    [Theory]
    [InlineData("layergrad ", "measure")]
    [InlineData("layergrad com", "compare")]
    [InlineData("layergrad com", "completion")]
    [InlineData("layergrad measure --pre", "--precision")]
    [InlineData("layergrad data ", "inspect")]
    [InlineData("layergrad completion ", "fish")]
    public void Words_that_may_follow_are_told(string line, string expected) =>
        Completion.WordsAt(CommandLine.Root, line, line.Length).ShouldContain(expected);

    [Fact]
    public void What_stands_behind_the_cursor_does_not_matter() =>
        Completion.WordsAt(CommandLine.Root, "layergrad mea --limit 1", 13).ShouldBe(["measure"]);

    [Fact]
    public void Bash_completes_with_what_the_command_prints()
    {
        if (OperatingSystem.IsWindows() || Tools.Find("bash") is not { } bash)
            return;
        using var folder = new TemporaryFolder();
        var program = folder.Write("layergrad", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var script = folder.Write("try.sh", """
            PATH="$1:$PATH"
            eval "$(layergrad completion bash)"
            COMP_LINE="layergrad measure --lim" COMP_POINT=23 COMP_WORDS=(layergrad measure --lim) COMP_CWORD=2
            _layergrad
            echo "${COMPREPLY[@]}"
            """);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(bash, [script, folder.Path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        process.StandardOutput.ReadToEnd().Trim().ShouldBe("--limit");
    }

    [Fact]
    public void Version_names_the_commit_and_the_libraries()
    {
        var (status, output, _) = CommandLineRun.Of("--version");
        status.ShouldBe(0);
        output.ShouldMatch(@"^\d+\.\d+\.\d+\S*\+[0-9a-f]{40}\n");
        output.ShouldContain(".NET 10.");
        output.ShouldContain("BLAS: ");
    }
}
