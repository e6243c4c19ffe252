using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Machine;

/// <summary>Disks that are full, over a limit or read-only, and a standard output that takes nothing: one line and exit status 1 (2 where the place was wrong).</summary>
public sealed class DiskTests : IDisposable
{
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_measure = $"layergrad measure --model '{s_model}' --data '{Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json")}' --quiet";
    private readonly TemporaryFolder _folder = new();

    public DiskTests() => File.WriteAllLines(_folder.At("run.jsonl"), File.ReadLines(Path.Combine(Shared.Repository, "tests", "LayerGrad.Tests", "Runs", "Stored", "run.jsonl")).Take(2));

    [Theory]
    [InlineData("layergrad compare run.jsonl >/dev/full", "standard output cannot be written: no space left on the disk")]
    [InlineData("layergrad compare run.jsonl >&-", "standard output cannot be written: it is closed")]
    [InlineData("layergrad compare run.jsonl --out /dev/full", "/dev/full: cannot be written: no space left on the disk")]
    [InlineData("ln -s /dev/full report.html; layergrad report run.jsonl --out report.html", "report.html: cannot be written: no space left on the disk")]
    [InlineData("MEASURE --out /dev/full", "/dev/full: cannot be written: no space left on the disk")]
    public void A_full_disk_is_told_in_one_line_with_status_1(string script, string expected)
    {
        var run = Layergrad.Shell(_folder.Path, script.Replace("MEASURE", s_measure, StringComparison.Ordinal));
        run.Status.ShouldBe(1, run.Errors);
        run.ErrorLine.ShouldContain(expected);
        Directory.GetFiles("/dev", "full*").ShouldBe(["/dev/full"]);
    }

    [Fact]
    public void A_reader_that_goes_away_and_closed_outputs_disturb_nobody()
    {
        var run = Layergrad.Shell(_folder.Path, $$"""
            layergrad compare run.jsonl | head -1
            echo "status ${PIPESTATUS[0]}"
            {{s_measure}} --limit 2 --out one.jsonl
            {{s_measure}} --limit 2 --out two.jsonl >&- 2>&-
            echo "status $?"
            layergrad compare run.jsonl 2>/dev/full >/dev/null
            echo "status $?"
            cmp one.jsonl two.jsonl
            """);
        run.Errors.ShouldBeEmpty();
        run.Output.Split('\n').Where(line => line.StartsWith("status", StringComparison.Ordinal)).ShouldBe(["status 0", "status 0", "status 0"]);
        run.Status.ShouldBe(0);
    }

    [Fact]
    public void A_run_on_which_the_disk_fills_keeps_whole_lines_and_goes_on()
    {
        // A limit on files stands in for the disk; .NET itself takes large files in memory where it guards its machine code.
        var run = Layergrad.Shell(_folder.Path, $"""
            trap '' XFSZ
            ulimit -f 20
            export DOTNET_EnableWriteXorExecute=0
            {s_measure} --limit 12 --out part.jsonl
            """);
        run.Status.ShouldBe(1, run.Errors);
        run.ErrorLine.ShouldContain("part.jsonl: it would become larger than this system or a limit on files (ulimit -f) allows; the lines so far are whole");
        File.ReadAllText(_folder.At("part.jsonl")).ShouldEndWith("}\n");

        Layergrad.Shell(_folder.Path, $"{s_measure} --limit 12 --out part.jsonl && {s_measure} --limit 12 --out whole.jsonl && cmp part.jsonl whole.jsonl").Status.ShouldBe(0);
        Directory.GetFiles(_folder.Path, "*.lock*").ShouldBeEmpty();
    }

    [MountFact]
    public void Disks_that_are_full_or_read_only_are_told_and_left_as_they_were()
    {
        var limited = $"{s_measure} --limit 12";
        var run = Layergrad.Shell(_folder.Path, $$"""
            export -f layergrad
            mkdir disk
            unshare -m bash -c '
                mount -t tmpfs -o size=32k none disk
                {{limited.Replace("'", "'\\''", StringComparison.Ordinal)}} --out disk/run.jsonl; echo "full $?"
                tail -c 1 disk/run.jsonl | od -c | grep -q "\\n" && echo whole
                layergrad report run.jsonl --out disk/report.html; echo "report $?"
                layergrad kernel --model "{{s_model}}" --data "{{Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json")}}" --by weight --out disk/k/kernel.npy --quiet; echo "kernel $?"
                ls disk disk/k
                mount -o remount,size=64m disk
                {{limited.Replace("'", "'\\''", StringComparison.Ordinal)}} --out disk/run.jsonl; echo "again $?"
                cp disk/run.jsonl resumed.jsonl
                mount -o remount,ro disk
                {{limited.Replace("'", "'\\''", StringComparison.Ordinal)}} --out disk/other.jsonl; echo "read-only $?"
                layergrad compare run.jsonl --out disk/table.txt; echo "table $?"'
            {{limited}} --out whole.jsonl && cmp whole.jsonl resumed.jsonl && echo same
            """);
        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
            ["full 1", "whole", "report 1", "kernel 1", "disk:", "k", "run.jsonl", "run.meta.json", "disk/k:", "again 0", "read-only 2", "table 2", "same"], customMessage: run.Errors);
        run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.StartsWith("layergrad: disk/", StringComparison.Ordinal) && !line.Contains("should not have happened", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
