using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

public sealed class DeviceFactoryTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("cpu")]
    public void The_processor_is_there_under_its_names(string name)
    {
        DeviceFactory.KindOf(new DeviceOptions(name)).ShouldBe("cpu");
        using var device = DeviceFactory.Create<float>(new DeviceOptions(name, Threads: 1));
        device.Description.ShouldStartWith("cpu, 1 threads");
    }

    [Theory]
    [InlineData("cuda:0", "computes on the processor only")]
    [InlineData("CUDA", "computes on the processor only")]
    [InlineData("CPU", "there are auto and cpu")]
    [InlineData("tpu", "there are auto and cpu")]
    [InlineData("", "there are auto and cpu")]
    public void Any_other_is_refused_by_a_line_that_names_what_there_is(string name, string expected)
    {
        var message = Should.Throw<InputException>(() => DeviceFactory.Create<double>(new DeviceOptions(name))).Message;
        message.ShouldStartWith($"--device {name}: ");
        message.ShouldContain(expected);
        message.ShouldContain("cpu");
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void All_processors_compute_where_nobody_says_how_many() => new DeviceOptions().ThreadCount.ShouldBe(Environment.ProcessorCount);
}
