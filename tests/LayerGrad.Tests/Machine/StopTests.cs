using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Machine;

/// <summary>How a cancellation reaches the middle of an operation, and that what was given up can be asked for again.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_run_of_a_team_is_given_up_between_two_items(int threads)
    {
        using var team = new ThreadTeam(threads);
        using var stop = new CancellationTokenSource();
        team.Stop = stop.Token;
        var done = new int[1];
        Should.Throw<OperationCanceledException>(() => team.Run(1000, (done, stop), static (in (int[] Done, CancellationTokenSource Stop) state, int _, int _) =>
        {
            if (Interlocked.Increment(ref state.Done[0]) == 10)
                state.Stop.Cancel();
        }));
        done[0].ShouldBeInRange(10, 10 + threads);
        team.Stop = CancellationToken.None;
        team.Run(5, done, static (in int[] done, int _, int _) => Interlocked.Increment(ref done[0]));
        done[0].ShouldBeGreaterThanOrEqualTo(15);
    }

    [Fact]
    public void A_device_that_gave_operations_up_goes_on_when_the_scope_ends()
    {
        using var device = new CpuDevice<float>(2);
        using var memory = device.Allocate(4_000_000);
        var matrix = memory.AsMatrix(2000, 2000);
        using (device.StopOn(new CancellationToken(canceled: true)))
        {
            using (device.StopOn(CancellationToken.None))
                Should.Throw<OperationCanceledException>(() => device.Clear(matrix));
        }

        device.Clear(matrix);
        device.Read(matrix).Wait().ShouldAllBe(value => value == 0);
    }

    [SharedFact]
    public void A_model_whose_measuring_was_given_up_anywhere_gives_the_same_numbers_afterwards()
    {
        using var model = LanguageModel.Load(Shared.Path("models", "tiny", "llama2"), new ModelOptions { Device = "cpu", Threads = 2 });
        Example[] examples = [.. Enumerable.Range(0, 4).Select(i => new Example(i, string.Concat(Enumerable.Repeat($"word {i} ", 60)), "", "four"))];
        var expected = model.Measure(examples).Select(example => example.Loss).ToArray();
        for (var milliseconds = 0; milliseconds < 40; milliseconds += Extent.IsWhole ? 2 : 10)
        {
            using var stop = new CancellationTokenSource(milliseconds);
            try
            {
                _ = model.Measure(examples, cancel: stop.Token).ToList();
            }
            catch (OperationCanceledException)
            {
                // That is what was asked for.
            }

            model.Measure(examples).Select(example => example.Loss).ShouldBe(expected);
        }
    }
}
