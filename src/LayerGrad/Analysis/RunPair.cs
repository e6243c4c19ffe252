using System.Buffers;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis;

/// <summary>A run and the run that it is compared against, example by example.</summary>
internal sealed class RunPair
{
    /// <summary>Matches the examples of two runs by position and instruction.</summary>
    /// <param name="set">The run's position among the runs compared.</param>
    /// <param name="run">The run.</param>
    /// <param name="againstSet">The matched run's position.</param>
    /// <param name="against">The matched run.</param>
    /// <exception cref="InputException">They do not hold the same questions, apart from those that a run says it could not measure.</exception>
    public RunPair(int set, RunTable run, int againstSet, RunTable against)
    {
        (Set, Run, AgainstSet, Against) = (set, run, againstSet, against);
        var positions = new Dictionary<int, int>();
        for (var i = 0; i < against.Count; i++)
            positions[against.Index[i]] = i;
        var matched = new List<(int, int)>();
        var missing = 0;
        for (var i = 0; i < run.Count; i++)
        {
            if (!positions.Remove(run.Index[i], out var other))
                missing += against.IsUnmeasured(run.Index[i]) ? 0 : 1;
            else if (run.InstructionHash[i] == against.InstructionHash[other])
                matched.Add((i, other));
            else
                missing++;
        }

        missing += positions.Keys.Count(index => !run.IsUnmeasured(index));
        if (missing > 0)
        {
            throw new InputException(
                $"{run.Path} and {against.Path}: hold different questions: {matched.Count} match, of {run.Count} and {against.Count} examples; "
                + "--against wants a run over the same instructions in the same order.");
        }

        Matched = [.. matched];
        Different = [.. matched.Where(pair => run.OutputHash[pair.Item1] != against.OutputHash[pair.Item2])];
    }

    /// <summary>The run's position among the runs compared.</summary>
    public int Set { get; }

    /// <summary>The run.</summary>
    public RunTable Run { get; }

    /// <summary>The matched run's position.</summary>
    public int AgainstSet { get; }

    /// <summary>The matched run.</summary>
    public RunTable Against { get; }

    /// <summary>Positions of matched examples in the two runs.</summary>
    public (int Run, int Against)[] Matched { get; }

    /// <summary>Those whose outputs differ.</summary>
    public (int Run, int Against)[] Different { get; }

    /// <summary>Whether every output is the same in both: then they differ in the model, not in the answers.</summary>
    public bool SameOutputs => Different.Length == 0;

    /// <summary>How often each of the <see cref="Different"/> pairs is drawn in a replicate.</summary>
    public void DrawDifferent(Resampling resampling, int replicate, Span<double> weights)
    {
        var all = ArrayPool<double>.Shared.Rent(Run.Count);
        resampling.Draw(Set, replicate, all);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = all[Different[i].Run];
        ArrayPool<double>.Shared.Return(all);
    }
}
