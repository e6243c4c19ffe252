using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 1000)]
    public void Every_item_runs_once(int threads, int count)
    {
        using var team = new ThreadTeam(threads);
        for (var repeat = 0; repeat < 50; repeat++)
        {
            var runs = new int[count];
            team.Run(count, (runs, threads), static (in (int[] Runs, int Threads) state, int index, int worker) =>
            {
                worker.ShouldBeInRange(0, state.Threads - 1);
                Interlocked.Increment(ref state.Runs[index]);
            });
            runs.ShouldAllBe(number => number == 1);
        }
    }

    [Fact]
    public void An_exception_reaches_the_caller_and_the_team_goes_on()
    {
        using var team = new ThreadTeam(3);
        for (var repeat = 0; repeat < 20; repeat++)
        {
            Should.Throw<InvalidDataException>(() => team.Run(100, 0, static (in int _, int index, int _) =>
            {
                if (index == 37)
                    throw new InvalidDataException("item 37");
            })).Message.ShouldBe("item 37");
        }

        var sum = new long[1];
        team.Run(100, sum, static (in long[] sum, int index, int _) => Interlocked.Add(ref sum[0], index));
        sum[0].ShouldBe(4950);
    }

    [Fact]
    public void A_run_inside_an_item_runs_on_the_same_worker()
    {
        using var team = new ThreadTeam(3);
        var total = new int[1];
        team.Run(20, (team, total), static (in (ThreadTeam Team, int[] Total) state, int _, int worker) =>
        {
            state.Team.Run(10, (state.Total, worker), static (in (int[] Total, int Worker) inner, int _, int innerWorker) =>
            {
                innerWorker.ShouldBe(inner.Worker);
                Interlocked.Increment(ref inner.Total[0]);
            });
        });
        total[0].ShouldBe(200);
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var team = new ThreadTeam(2);
        var sums = new long[64];
        Run(team, sums);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Run(team, sums);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        static void Run(ThreadTeam team, long[] sums) => team.Run(sums.Length, sums, static (in long[] state, int index, int _) => state[index]++);
    }
}
