using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Training;

namespace LayerGrad.Tests.Cli;

public sealed class ProgressTests
{
    private readonly HandClock _clock = new();

    [Fact]
    public void Speed_is_that_of_the_last_while()
    {
        var speed = new Throughput(_clock, TimeSpan.FromSeconds(10));
        speed.Add(0);
        speed.PerSecond.ShouldBeNull();
        _clock.Pass(100);
        speed.Add(10);
        speed.PerSecond.ShouldBe(0.1);
        for (var i = 1; i <= 10; i++)
        {
            _clock.Pass(2);
            speed.Add(10 + 8 * i);
        }

        speed.PerSecond.ShouldBe(4.0);
        speed.Until(130).ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_log_gets_a_plain_line_every_tenth()
    {
        using var log = new StringWriter { NewLine = "\n" };
        var display = new LogDisplay(log, _clock);

        display.Started(new MeasurePlan(20, 2, 1800, 18, 100, 120, "a device"));
        for (var i = 1; i <= 18; i++)
        {
            _clock.Pass(4);
            display.Advanced(new MeasureProgress(2 + i, 0, 100 * i));
        }

        log.ToString().ShouldBe("""
            measuring 20 examples (2 are done): 1,800 tokens in 18 windows of up to 100, 120 weights an example, on a device
            11 %: 4/20 examples, 0.25 examples/s, 25.0 tokens/s, 1:04 left
            22 %: 6/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:56 left
            33 %: 8/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:48 left
            44 %: 10/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:40 left
            50 %: 11/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:36 left
            61 %: 13/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:28 left
            72 %: 15/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:20 left
            83 %: 17/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:12 left
            94 %: 19/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:04 left
            100 %: 20/20 examples, 0.25 examples/s, 25.0 tokens/s, 0:00 left

            """);
    }

    [Fact]
    public void A_kernel_says_what_it_takes_and_counts_weights_after_examples()
    {
        using var log = new StringWriter { NewLine = "\n" };
        var display = new LogDisplay(log, _clock);

        display.Planned(new KernelPlan(2, 200, 4, 3e9, 1e9, 1e9, 3 << 20, 1 << 20, FactorsOnDisk: true, 128));
        display.Started(new MeasurePlan(2, 0, 200, 1, 200, 4, "a device"));
        _clock.Pass(20);
        display.Advanced(new MeasureProgress(2, 0, 200));
        for (var weights = 1; weights <= 4; weights++)
        {
            _clock.Pass(6);
            display.Compared(weights, 4);
        }

        log.ToString().ReplaceLineEndings("\n").ShouldBe("""
            2 examples, 200 tokens, 4 weights: about 0:04 (3 Gflop in backward passes, 1 Gflop in inner products)
            memory: up to 3.0 MiB; the gradients' factors take 1.0 MiB on disk; the kernel 128 B on disk
            measuring 2 examples: 200 tokens in 1 window of up to 200, 4 weights an example, on a device
            100 %: 2/2 examples, 0.10 examples/s, 10.0 tokens/s, 0:00 left
            25 %: 1/4 weights compared, 0.17 weights/s, 0:18 left
            50 %: 2/4 weights compared, 0.17 weights/s, 0:12 left
            75 %: 3/4 weights compared, 0.17 weights/s, 0:06 left
            100 %: 4/4 weights compared, 0.17 weights/s, 0:00 left

            """);
    }

    [Fact]
    public void A_training_is_logged_with_loss_speed_and_time_left()
    {
        using var log = new StringWriter { NewLine = "\n" };
        var display = new TrainingLog(log, _clock);

        display.Started(new TrainingPlan(1000, 600, 40, 2000, [("no response", 2)], 3, 7, "a device"));
        for (var step = 4; step <= 7; step++)
        {
            _clock.Pass(6);
            display.Stepped(new TrainingProgress(step, step, 1e-3, 0.5, 120));
        }

        display.Probed(7, "probes/a.jsonl", 1.5);
        display.Saved(7);
        log.ToString().ShouldBe("""
            training 600 of 1,000 parameters on 40 examples (2,000 tokens), on a device
            left out 2 examples: no response
            going on after step 3 of 7
            step 4/7: loss 4.0000, gradient norm 0.500, lr 1e-3, 20.0 tokens/s, 0:18 left
            step 5/7: loss 5.0000, gradient norm 0.500, lr 1e-3, 20.0 tokens/s, 0:12 left
            step 6/7: loss 6.0000, gradient norm 0.500, lr 1e-3, 20.0 tokens/s, 0:06 left
            step 7/7: loss 7.0000, gradient norm 0.500, lr 1e-3, 20.0 tokens/s, 0:00 left
            probed after step 7: mean loss 1.5000, probes/a.jsonl
            saved step 7

            """);
    }

    [Theory]
    [InlineData(7, "0:07")]
    [InlineData(750, "12:30")]
    [InlineData(11045, "3:04:05")]
    public void Times_read_as_on_a_clock(int seconds, string expected) => Wording.Time(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public void Pass(int seconds) => _now += seconds * TimestampFrequency;

        public override long GetTimestamp() => _now;
    }
}
