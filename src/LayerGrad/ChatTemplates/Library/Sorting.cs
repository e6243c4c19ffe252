using System.Runtime.ExceptionServices;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Python's stable <c>sorted</c> of values.</summary>
internal static class Sorting
{
    private static readonly Comparer<Value> s_order = Comparer<Value>.Create(Operators.Compare);

    /// <summary>Items in the order of their keys; equals keep theirs.</summary>
    /// <exception cref="EvaluationException">Two keys have no order.</exception>
    public static List<T> By<T>(IEnumerable<T> items, Func<T, Value> key, bool descending = false)
    {
        try
        {
            return [.. descending ? items.OrderByDescending(key, s_order) : items.OrderBy(key, s_order)];
        }
        catch (InvalidOperationException error) when (error.InnerException is EvaluationException reason)
        {
            // .NET wraps what a comparison throws.
            ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }
}
