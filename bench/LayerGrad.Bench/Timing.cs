using System.Diagnostics;

namespace LayerGrad.Bench;

/// <summary>Times for tables: processor time, and of several runs the best, so that other programs on the machine disturb them least.</summary>
internal static class Timing
{
    /// <summary>The best time of a run in milliseconds: at least five runs, and as many as fit into a third of a second.</summary>
    public static double Milliseconds(Action run)
    {
        run();
        var best = double.PositiveInfinity;
        var whole = Stopwatch.StartNew();
        for (var i = 0; i < 5 || (whole.ElapsedMilliseconds < 700 && i < 1000); i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            run();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        return best;
    }

    /// <summary>Normally distributed numbers, the same for the same seed.</summary>
    public static float[] Normal(int seed, int length)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (var i = 0; i < length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
