using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Hostile;

/// <summary>
/// Every file of <c>shared/hostile</c> on the commands that its README names: an answer, or one clean line that names the file, within ten seconds of the processor.
/// <see cref="HostileProcessTests"/> holds the same commands to their memory as processes.
/// </summary>
[Collection(nameof(CommandLineRun))]
public sealed class HostileInputsTests(ITestOutputHelper log)
{
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [SharedFact]
    public void Every_hostile_input_gives_an_answer_or_one_clean_line()
    {
        using var commands = new HostileCommands();
        var all = commands.All;
        all.Select(command => command.Input[..command.Input.LastIndexOf(' ')].Split(' ')[0]).Distinct().Count().ShouldBe(79);
        var failures = new List<string>();
        foreach (var command in all)
        {
            var before = Environment.CpuUsage.TotalTime;
            var (status, output, errors) = CommandLineRun.Of(command.Arguments);
            var taken = Environment.CpuUsage.TotalTime - before;
            log.WriteLine($"{command.Input}: {status} in {taken.TotalSeconds:0.0} s: {errors.Trim()}");
            if ((taken > Longest ? $"takes {taken.TotalSeconds:0} s" : command.Fault(HostileCommands.IsAnswered(command), status, output, errors)) is { } fault)
                failures.Add($"{command}: {fault}: {errors.Trim()}");
        }

        failures.ShouldBeEmpty($"{failures.Count} of {all.Count} commands:\n{string.Join('\n', failures)}");
    }

    [Fact]
    public void A_study_of_a_million_brackets_or_of_two_mebibytes_is_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var text in (string[])[new string('[', 1_000_000), string.Concat(Enumerable.Repeat("- ", 500_000)), new string('a', 2 << 20)])
        {
            var file = folder.Write("large.yaml", text);
            var command = new HostileCommand("large.yaml study", ["study", file, "--dry-run"], file);
            var process = Layergrad.Run(command.Arguments);
            command.Fault(isAnswered: false, process.Status, process.Output, process.Errors).ShouldBeNull(process.Errors);
        }
    }
}
