using System.Runtime.ExceptionServices;

namespace LayerGrad;

/// <summary>A loop whose turns run side by side.</summary>
internal static class ParallelLoop
{
    /// <summary>Runs all turns. What a turn throws is thrown as it is, and not among others: it may be the user's error, a broken file.</summary>
    /// <param name="count">How many turns.</param>
    /// <param name="turn">A turn, by its number.</param>
    /// <param name="threads">How many run at one time; as many as there are processors where it is missing.</param>
    public static void For(int count, Action<int> turn, int? threads = null)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads ?? -1 }, turn);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }
}
