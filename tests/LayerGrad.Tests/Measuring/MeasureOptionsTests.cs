using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class MeasureOptionsTests
{
    private static readonly MeasureRunOptions s_sound = new() { Model = "model", Data = "data.json", Out = "run.jsonl" };

    private static readonly Dictionary<string, MeasureRunOptions> s_unsound = new(StringComparer.Ordinal)
    {
        { "--limit 0", s_sound with { Limit = 0 } },
        { "--max-length 1", s_sound.Measuring(measurement => measurement with { MaxLength = 1 }) },
        { "--threads 100000", s_sound with { Threads = 100_000 } },
        { "--threads 0", s_sound with { Threads = 0 } },
        { "computes on the processor only", s_sound with { Device = "cuda:1" } },
        { "no such device", s_sound with { Device = "tpu" } },
        { "--precision bf16", s_sound.Measuring(measurement => measurement with { Precision = Precision.BFloat16 }) },
        { "--precision tf32", s_sound.Measuring(measurement => measurement with { Precision = Precision.TensorFloat32 }) },
    };

    public static TheoryData<string> Unsound => [.. s_unsound.Keys];

    [Theory]
    [MemberData(nameof(Unsound))]
    public void An_option_out_of_its_range_is_named(string expected) =>
        Should.Throw<InputException>(s_unsound[expected].Validate).Message.ShouldContain(expected);

    [Theory]
    [InlineData(null, null, 0, 10)]
    [InlineData("2:5", null, 2, 5)]
    [InlineData("2:", 3, 2, 5)]
    [InlineData(":4", 100, 0, 4)]
    [InlineData(null, int.MaxValue, 0, 10)]
    public void Range_and_limit_select_positions(string? range, int? limit, int first, int end) =>
        (s_sound with { Range = range is null ? null : ExampleRange.Parse(range), Limit = limit }).Select(10).ShouldBe((first, end));

    [Theory]
    [InlineData("10:11")]
    [InlineData("0:11")]
    public void A_range_outside_the_data_says_what_there_is(string range) =>
        Should.Throw<InputException>(() => (s_sound with { Range = ExampleRange.Parse(range) }).Select(10)).Message.ShouldContain("must lie within 0:10");

    [Theory]
    [InlineData("5:5")]
    [InlineData("5:2")]
    [InlineData("a:2")]
    [InlineData("5")]
    [InlineData("-1:5")]
    [InlineData(":0")]
    public void A_range_that_cannot_be_is_refused(string range) =>
        Should.Throw<InputException>(() => ExampleRange.Parse(range)).Message.ShouldContain("expected A:B");

    [Theory]
    [InlineData("6GiB", 6L << 30)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("512mb", 512_000_000)]
    [InlineData("100B", 100)]
    public void Memory_has_units(string text, long bytes) => ByteSize.Parse(text).ShouldBe(bytes);

    [Theory]
    [InlineData("6")]
    [InlineData("6 giraffes")]
    [InlineData("-6GiB")]
    [InlineData("GiB")]
    [InlineData("0GiB")]
    public void Memory_without_a_known_unit_is_refused(string text) =>
        Should.Throw<InputException>(() => ByteSize.Parse(text)).Message.ShouldContain("--memory");

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(3L << 29, "1.5 GiB")]
    public void Amounts_are_written_for_people(long bytes, string text) => ByteSize.Format(bytes).ShouldBe(text);
}
