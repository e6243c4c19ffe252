using System.Diagnostics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Library;

/// <summary>The programs in <c>samples</c> say what is true, and are as short as they claim.</summary>
public sealed class SampleTests
{
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_data = Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json");

    [Fact]
    public void Samples_are_short()
    {
        var programs = Directory.GetFiles(Path.Combine(Shared.Repository, "samples"), "*.cs", SearchOption.AllDirectories).Where(path => !path.Contains("obj", StringComparison.Ordinal)).ToList();
        programs.Count.ShouldBe(4);
        programs.ShouldAllBe(path => File.ReadAllLines(path).Length < 40);
    }

    [Fact]
    public void Samples_run_and_agree_with_the_library()
    {
        using var folder = new TemporaryFolder();
        var run = folder.At("run.jsonl");
        Layergrad.Run("measure", "--model", s_model, "--data", s_data, "--limit", "4", "--out", run).Status.ShouldBe(0);
        var measured = MeasuredRun.Read(run).ToList();

        var lines = Run("Measure", s_model, s_data);
        lines.Count.ShouldBe(4);
        foreach (var (line, example) in lines.Zip(measured))
            line.ShouldBe(FormattableString.Invariant($"{example.Index}: {example.Loss:F4} {example["model.layers.0.self_attn.q_proj.weight"].NuclearNorm:G4}"));

        var ranks = Run("StableRank", s_model, s_data);
        const string Value = "model.layers.0.self_attn.v_proj.weight";
        var expected = measured.Average(example => Math.Pow(example[Value].FrobeniusNorm / example[Value].LargestSingularValue, 2));
        ranks.ShouldContain(FormattableString.Invariant($"{Value}: {expected:F3}"));

        var cosines = Run("CompareGradients", s_model);
        using (var model = LanguageModel.Load(s_model))
            cosines.Count.ShouldBe(model.Layers + 1);
        foreach (var line in cosines)
            double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(-1, 1);

        var layers = Run("AverageByLayer", run);
        layers[0].ShouldContain(FormattableString.Invariant($"V {measured.Average(example => example[Value].NuclearNorm):G4}"));
    }

    /// <summary>Runs a sample as it was built.</summary>
    internal static List<string> Run(string sample, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Output("dotnet", [Path.Combine(Shared.Repository, "samples", sample, "bin", configuration, "net10.0", $"{sample}.dll"), .. arguments], Shared.Repository);
    }

    /// <summary>What a program prints.</summary>
    internal static List<string> Output(string program, IEnumerable<string> arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = folder })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, output + errors.Result);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
