using System.Buffers;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis.Estimation;

/// <summary>
/// Bootstrap resampling of the examples of several runs. Examples that runs share (the same position in the dataset and the same instruction)
/// are drawn together, so that differences between such runs are taken over the same questions; runs that share none are drawn apart.
/// </summary>
internal sealed class Resampling
{
    private readonly int[] _group;
    private readonly int[] _units;
    private readonly int[][] _unitOf;
    private readonly ulong _seed;

    /// <summary>Finds which examples of the runs belong together.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="replicates">How often the examples are drawn.</param>
    /// <param name="seed">The seed of all draws.</param>
    public Resampling(IReadOnlyList<RunTable> runs, int replicates, int seed)
    {
        (Replicates, _seed) = (replicates, (ulong)seed);
        _group = Groups(runs);
        _units = new int[runs.Count];
        _unitOf = new int[runs.Count][];
        foreach (var members in Enumerable.Range(0, runs.Count).GroupBy(run => _group[run]))
        {
            var units = new Dictionary<(int, ulong), int>();
            foreach (var run in members)
            {
                _unitOf[run] = new int[runs[run].Count];
                for (var i = 0; i < runs[run].Count; i++)
                {
                    var key = (runs[run].Index[i], runs[run].InstructionHash[i]);
                    if (!units.TryGetValue(key, out var unit))
                        units[key] = unit = units.Count;
                    _unitOf[run][i] = unit;
                }
            }

            foreach (var run in members)
                _units[run] = units.Count;
        }
    }

    /// <summary>How often the examples are drawn.</summary>
    public int Replicates { get; }

    /// <summary>Which runs share examples, directly or through others: the same number for two that do.</summary>
    public int GroupOf(int run) => _group[run];

    /// <summary>How often each example of a run is drawn in a replicate.</summary>
    /// <param name="run">The run.</param>
    /// <param name="replicate">The replicate, from 0.</param>
    /// <param name="weights">Takes one count for each example.</param>
    public void Draw(int run, int replicate, Span<double> weights)
    {
        var pooled = ArrayPool<int>.Shared.Rent(_units[run]);
        var counts = pooled.AsSpan(0, _units[run]);
        counts.Clear();
        var random = new Xoshiro256(_seed, ((ulong)_group[run] << 32) | (uint)replicate);
        for (var i = 0; i < counts.Length; i++)
            counts[random.Below(counts.Length)]++;
        var unitOf = _unitOf[run];
        for (var i = 0; i < unitOf.Length; i++)
            weights[i] = counts[unitOf[i]];
        ArrayPool<int>.Shared.Return(pooled);
    }

    /// <summary>Joins runs that share an example.</summary>
    private static int[] Groups(IReadOnlyList<RunTable> runs)
    {
        var group = Enumerable.Range(0, runs.Count).ToArray();
        var keys = runs.Select(run => run.Index.Zip(run.InstructionHash).ToHashSet()).ToArray();
        for (var b = 1; b < runs.Count; b++)
        {
            for (var a = 0; a < b; a++)
            {
                if (group[a] == group[b] || !keys[a].Overlaps(keys[b]))
                    continue;
                var (from, to) = (Math.Max(group[a], group[b]), Math.Min(group[a], group[b]));
                for (var i = 0; i < group.Length; i++)
                    group[i] = group[i] == from ? to : group[i];
            }
        }

        return group;
    }
}
