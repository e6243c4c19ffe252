using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using LayerGrad.Figures;

namespace LayerGrad.Tests.Figures;

public sealed class TicksTests
{
    [Theory]
    [InlineData(0, 10, 5, "0 2 4 6 8 10")]
    [InlineData(0, 17.9, 4, "0 5 10 15")]
    [InlineData(0, 1, 4, "0 0.25 0.50 0.75 1.00")]
    [InlineData(-1, 1, 4, "−1.0 −0.5 0 0.5 1.0")]
    [InlineData(0, 0.00031, 3, "0 2·10⁻⁴")]
    [InlineData(0, 300000, 3, "0 10⁵ 2·10⁵ 3·10⁵")]
    [InlineData(99.5, 100.6, 4, "99.5 100.0 100.5")]
    public void Linear_ticks_stand_at_round_values(double low, double high, int count, string labels) =>
        string.Join(' ', Ticks.Of(new Scale(ScaleKind.Linear, low, high), count).Select(tick => tick.Label)).ShouldBe(labels);

    [Theory]
    [InlineData(0.01, 20, 6, "0.01 0.03 0.1 0.3 1 3 10")]
    [InlineData(1, 10, 6, "1 2 5 10")]
    [InlineData(1e-12, 1, 4, "10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³ 10⁰")]
    [InlineData(21, 49, 4, "30 40")]
    public void Logarithmic_ticks_stand_at_round_values(double low, double high, int count, string labels) =>
        string.Join(' ', Ticks.Of(new Scale(ScaleKind.Log, low, high), count).Select(tick => tick.Label)).ShouldBe(labels);

    [Fact]
    public void Layers_carry_whole_numbers() =>
        Ticks.Of(new Scale(ScaleKind.Linear, -0.5, 3.5), 10, whole: true).Select(tick => tick.Value).ShouldBe([0, 1, 2, 3]);

    [Property]
    public Property Ticks_lie_within_their_scale_and_are_not_too_many() =>
        Prop.ForAll(
            Gen.Choose(-1_000_000, 1_000_000).Two().Where(pair => pair.Item1 != pair.Item2).ToArbitrary(),
            Gen.Choose(1, 12).ToArbitrary(),
            (ends, count) =>
            {
                var scale = new Scale(ScaleKind.Linear, Math.Min(ends.Item1, ends.Item2) / 1000.0, Math.Max(ends.Item1, ends.Item2) / 1000.0);
                var ticks = Ticks.Of(scale, count);
                var slack = 1e-6 * (scale.High - scale.Low);
                return ticks.All(tick => tick.Value >= scale.Low - slack && tick.Value <= scale.High + slack)
                    && ticks.Count <= count + 1
                    && ticks.Select(tick => tick.Label).Distinct().Count() == ticks.Count;
            });

    [Theory]
    [InlineData(0.123456, "0.1235")]
    [InlineData(-12.3456, "−12.35")]
    [InlineData(1234.5, "1234")]
    [InlineData(0, "0")]
    [InlineData(1.5e-7, "1.5·10⁻⁷")]
    public void Numbers_are_written_short(double value, string text) => Ticks.Format(value).ShouldBe(text);
}
