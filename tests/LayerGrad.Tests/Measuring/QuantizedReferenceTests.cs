using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Measuring;

/// <summary>Quantised checkpoints against the exactly dequantised models.</summary>
public sealed class QuantizedReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string> All() => QuantizedCases.Formats(isWhole: true);

    public static TheoryData<string> Some() => QuantizedCases.Formats(Extent.IsWhole);

    [SharedTheory]
    [MemberData(nameof(All))]
    public void Every_weight_is_the_dequantised_one(string format)
    {
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "quantised", format));
        var compared = 0;
        foreach (var line in File.ReadLines(Shared.Path("reference", "quantised", format, "weights.jsonl")))
        {
            using var expected = JsonDocument.Parse(line);
            var name = expected.RootElement.GetProperty("name").GetString()!;
            var info = checkpoint.Tensors[name];
            info.Shape.ShouldBe(expected.RootElement.GetProperty("shape").EnumerateArray().Select(static size => size.GetInt64()));
            var values = new double[info.Elements];
            checkpoint.Read(name, 0, values);
            var first = expected.RootElement.GetProperty("first_row").EnumerateArray().Select(static value => value.GetDouble()).ToArray();
            var last = expected.RootElement.GetProperty("last_row").EnumerateArray().Select(static value => value.GetDouble()).ToArray();
            for (var i = 0; i < first.Length; i++)
                Math.Abs(values[i] - first[i]).ShouldBeLessThanOrEqualTo(1e-15 * Math.Abs(first[i]), name);
            for (var i = 0; i < last.Length; i++)
                Math.Abs(values[values.Length - last.Length + i] - last[i]).ShouldBeLessThanOrEqualTo(1e-15 * Math.Abs(last[i]), name);
            var norm = expected.RootElement.GetProperty("frobenius_norm").GetDouble();
            Math.Sqrt(values.Sum(static value => value * value)).ShouldBe(norm, 1e-12 * norm, name);
            values.Sum().ShouldBe(expected.RootElement.GetProperty("sum").GetDouble(), 1e-11 * norm, name);

            var narrow = new float[info.Elements];
            checkpoint.Read(name, 0, narrow);
            narrow.Zip(values).Count(static pair => !(Math.Abs(pair.First - pair.Second) <= 2.5e-7 * Math.Abs(pair.Second))).ShouldBe(0, name);
            if (QuantizedCases.Float32Tolerance(format) > 1e-4)
                narrow.Zip(values).ShouldAllBe(static pair => pair.First == (float)pair.Second, name); // So what float32 is off there is not the decoder's.
            compared++;
        }

        compared.ShouldBeGreaterThan(0);
        checkpoint.Quantization.ShouldNotBeNull();
    }

    [SharedTheory]
    [MemberData(nameof(Some))]
    public void Float64_equals_the_dequantised_model_to_1e_9(string format) => Errors(format, Precision.Float64).Worst.ShouldBeLessThan(1e-9);

    [SharedTheory]
    [MemberData(nameof(Some))]
    public void Float32_equals_the_dequantised_model_to_1e_4(string format) =>
        Errors(format, Precision.Float32).Worst.ShouldBeLessThan(QuantizedCases.Float32Tolerance(format));

    private ReferenceRun.Errors Errors(string format, Precision precision)
    {
        var errors = QuantizedCases.Errors(format, precision);
        output.WriteLine($"{format} {precision}: {errors}");
        return errors;
    }
}
