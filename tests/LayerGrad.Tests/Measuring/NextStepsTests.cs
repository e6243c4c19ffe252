using LayerGrad.Measuring.Inspection;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>What <c>doctor</c> says last.</summary>
public sealed class NextStepsTests
{
    [Fact]
    public void The_demonstration_comes_first_and_then_a_model_that_fits_and_data()
    {
        using var folder = new TemporaryFolder();
        var steps = NextSteps.After(SystemReport.Create().Where(check => check.Availability != Availability.Missing).ToList(), folder.Path);
        steps.Select(step => step.Command).First().ShouldBe("layergrad demo");
        steps[1].Command.ShouldMatch(@"^layergrad inspect \S+/\S+ --data \S+/\S+ --limit \d+");
        CommandLineOf(steps[1].Command).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_missing_comes_before_all_and_a_report_that_is_there_is_not_made_again()
    {
        using var folder = new TemporaryFolder();
        folder.Write("layergrad-demo/report.html", "");
        var steps = NextSteps.After([new SystemCheck("BLAS", Availability.Missing, "none", "apt install it"), new SystemCheck("Slurm", Availability.Optional, "none", "a cluster has it")], folder.Path);
        steps[0].Purpose.ShouldContain("BLAS");
        steps[0].Purpose.ShouldNotContain("Slurm");
        steps.ShouldNotContain(step => step.Command == "layergrad demo");
        steps.ShouldContain(step => step.Purpose.Contains("opens in a browser", StringComparison.Ordinal));
    }

    /// <summary>What the parser says against a command: nothing, for one that may be given as it stands.</summary>
    private static IEnumerable<string> CommandLineOf(string command) => LayerGrad.Cli.CommandLine.Root.Parse(command["layergrad ".Length..]).Errors.Select(error => error.Message);
}
