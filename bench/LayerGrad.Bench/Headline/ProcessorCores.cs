using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>The processors that every side of a comparison is bound to: the first of those that this process may use.</summary>
internal sealed class ProcessorCores
{
    private const string Field = "Cpus_allowed_list:";

    /// <summary>Chooses them.</summary>
    /// <param name="count">How many; a thread each.</param>
    public ProcessorCores(int count)
    {
        var allowed = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..].Trim();
        var all = allowed.Split(',').SelectMany(Range).ToList();
        List = string.Join(',', all.Take(count));
        Count = Math.Min(count, all.Count);
    }

    /// <summary>As taskset takes them.</summary>
    public string List { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    private static IEnumerable<int> Range(string text)
    {
        var ends = Array.ConvertAll(text.Split('-'), end => int.Parse(end, CultureInfo.InvariantCulture));
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }
}
