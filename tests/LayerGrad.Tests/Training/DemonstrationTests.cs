using LayerGrad.Studies.Products;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Training;

/// <summary>The demonstration on the model that the repository carries.</summary>
public sealed class DemonstrationTests
{
    [Fact]
    public void The_demonstration_measures_compares_draws_and_reports()
    {
        using var folder = new TemporaryFolder();
        var result = Demonstration.Run(Path.Combine(Shared.Repository, "demo"), folder.Path, threads: 2, progress: null, CancellationToken.None);

        result.Runs.ShouldAllBe(run => File.ReadLines(run).Count() == 32);
        result.Comparison.Findings.ShouldNotBeEmpty();
        File.ReadAllText(result.Figure).ShouldStartWith("<svg");
        File.ReadAllText(result.Report).ShouldContain("Simplified");
    }
}
