using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Adapters;

/// <summary>Models with adapters against PEFT's values, merged and by the gradients of A and B.</summary>
public sealed class AdapterReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Runs() => AdapterCases.All();

    [SharedTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_peft_to_1e_9(string adapter, string run) => Check(adapter, run, Precision.Float64, 1e-9);

    [SharedTheory]
    [MemberData(nameof(Runs))]
    public void Float32_equals_peft_to_1e_4(string adapter, string run) => Check(adapter, run, Precision.Float32, 1e-4);

    private void Check(string adapter, string run, Precision precision, double tolerance)
    {
        if (AdapterCases.Errors(adapter, run, precision) is not { } errors)
            return;
        output.WriteLine($"{adapter} {run} {precision}: {errors}");
        errors.Worst.ShouldBeLessThan(tolerance);
    }
}
