using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Torch.Tests.Support;

/// <summary>The reference checkpoints on libtorch.</summary>
internal static class TorchReference
{
    /// <summary>The cases: all, or every fifth in a sample.</summary>
    public static TheoryData<string, string, string> Runs() => Data(Extent.OneInFive(ReferenceCases.All(Extent.IsWhole)));

    /// <summary>Every fifth, in any case.</summary>
    public static TheoryData<string, string, string> Sample() => Data(ReferenceCases.All(isWhole: false).Where((_, position) => position % 5 == 0));

    /// <summary>The same without the weights of experts: in fewer bits a router chooses others, whose gradients then are or are not zero.</summary>
    public static TheoryData<string, string, string> SampleWithoutExperts() =>
        Data(ReferenceCases.All(isWhole: false).Where((one, position) => position % 5 == 0 && one.Run != "base.all" && !HasExperts(one.Group, one.Family)));

    /// <summary>Rounding may choose other experts, and then everything differs.</summary>
    private static bool HasExperts(string group, string family) =>
        File.ReadAllText(Shared.Path("models", group, family, "config.json")).Contains("experts", StringComparison.Ordinal);

    /// <summary>The differences from the original script's values; null where there are none.</summary>
    public static ReferenceRun.Errors? Errors(string group, string family, string run, Precision precision, string device, ITestOutputHelper output)
    {
        if (group.Length == 0)
            return null;
        TestProvider.Register();
        var errors = ReferenceCases.Errors(group, family, run, precision, device);
        output.WriteLine($"{group}/{family} {run} {precision} {device}: {errors}");
        return errors;
    }

    private static TheoryData<string, string, string> Data(IEnumerable<(string Group, string Family, string Run)> cases)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (group, family, run) in cases.DefaultIfEmpty(("", "", "")))
            data.Add(group, family, run);
        return data;
    }
}
