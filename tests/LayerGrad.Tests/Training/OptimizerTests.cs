using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Training;

public sealed class OptimizerTests
{
    [Fact]
    public void The_cosine_schedule_warms_up_and_falls_to_nothing()
    {
        var schedule = new LearningRateSchedule("cosine", 2, 10);
        schedule.Factor(1).ShouldBe(0.5);
        schedule.Factor(2).ShouldBe(1);
        schedule.Factor(3).ShouldBe(1);
        schedule.Factor(7).ShouldBe(0.5, 1e-12);
        schedule.Factor(10).ShouldBe((1 + Math.Cos(Math.PI * 7 / 8)) / 2, 1e-12);
        new LearningRateSchedule("constant", 0, 10).Factor(10).ShouldBe(1);
    }

    [Fact]
    public void Every_epoch_has_every_example_once_wherever_it_begins()
    {
        var order = new ExampleOrder(7, 3, seed: 5);
        var steps = Enumerable.Range(1, 14).SelectMany(order.Of).ToArray();
        for (var epoch = 0; epoch < 6; epoch++)
            steps[(7 * epoch)..(7 * (epoch + 1))].Order().ShouldBe(Enumerable.Range(0, 7));
        steps[..7].ShouldNotBe(steps[7..14]);
        new ExampleOrder(7, 3, seed: 5).Of(9).ShouldBe(order.Of(9));
    }

    [Theory]
    [InlineData("adamw", 0.0, "--lr 0")]
    [InlineData("adam", 0.1, "--optimizer adam")]
    public void A_wrong_setting_is_named(string name, double rate, string option) =>
        Should.Throw<InputException>(() => new OptimizerOptions { Name = name, LearningRate = rate }.Validate()).Message.ShouldContain(option);
}
