using LayerGrad.Fuzz.Workers;

namespace LayerGrad.Fuzz;

/// <summary>Makes an input small that still finds the same, by taking out ever smaller pieces.</summary>
internal static class Reduction
{
    private const int MostTries = 300;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>The smallest that was found in a bounded number of tries.</summary>
    /// <param name="worker">What tries inputs.</param>
    /// <param name="input">An input that found something.</param>
    /// <param name="verdict">What it found.</param>
    public static byte[] Reduce(WorkerProcess worker, byte[] input, Verdict verdict)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (small, tries) = (input, 0);
        for (var piece = input.Length / 2; piece > 0 && tries < MostTries; piece /= 2)
        {
            for (var at = 0; at < small.Length && tries < MostTries && clock.Elapsed < s_longest; tries++)
            {
                byte[] shorter = [.. small.AsSpan(0, at), .. small.AsSpan(Math.Min(at + piece, small.Length))];
                var found = worker.Try(shorter);
                if (found.Outcome == Outcome.Finding && found.Key == verdict.Key)
                    small = shorter;
                else
                    at += piece;
            }
        }

        return small;
    }
}
