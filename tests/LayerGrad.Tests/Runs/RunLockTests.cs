using LayerGrad.Runs;
using LayerGrad.Tests.Support;
using LayerGrad.Tests.Measuring;

namespace LayerGrad.Tests.Runs;

public sealed class RunLockTests
{
    [Fact]
    public async Task Of_many_who_take_and_release_a_lock_never_two_have_it()
    {
        using var folder = new TemporaryFolder();
        var paths = new RunPaths(folder.At("run.jsonl"));
        var (holders, taken, together) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 400; i++)
            {
                try
                {
                    using var held = RunLock.Take(paths);
                    if (Interlocked.Increment(ref holders) > 1)
                        Interlocked.Increment(ref together);
                    Interlocked.Increment(ref taken);
                    Interlocked.Decrement(ref holders);
                }
                catch (InputException)
                {
                    // Somebody else has it.
                }
            }
        })));

        together.ShouldBe(0);
        taken.ShouldBeGreaterThan(0);
        File.Exists(paths.Lock).ShouldBeFalse();
    }

    [Fact]
    public void A_lock_whose_file_was_removed_before_it_was_ours_is_taken_again_on_the_new_file()
    {
        using var folder = new TemporaryFolder();
        var paths = new RunPaths(folder.At("run.jsonl"));
        var times = 0;

        // The holder before removes the file that we have just opened; what we then hold would keep nobody out.
        using var held = RunLock.Take(paths, () =>
        {
            if (times++ == 0)
                File.Delete(paths.Lock);
        });

        times.ShouldBe(2);
        Should.Throw<InputException>(() => RunLock.Take(paths));
    }

    [Fact]
    public void A_lock_that_somebody_else_took_on_a_new_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        var paths = new RunPaths(folder.At("run.jsonl"));
        RunLock? other = null;

        Should.Throw<InputException>(() => RunLock.Take(paths, () =>
        {
            File.Delete(paths.Lock);
            other = RunLock.Take(paths);
        }));

        other.ShouldNotBeNull().Dispose();
    }

    [Fact]
    public void A_held_lock_is_refused_and_a_released_one_is_not()
    {
        using var folder = new TemporaryFolder();
        var paths = new RunPaths(folder.At("run.jsonl"));
        using (RunLock.Take(paths))
            Should.Throw<InputException>(() => RunLock.Take(paths)).Message.ShouldContain(FormattableString.Invariant($"process {Environment.ProcessId} on {Environment.MachineName} is writing this run"));
        RunLock.Take(paths).Dispose();
    }
}
