
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Training;

/// <summary>
/// Which examples a step trains on. Every epoch is a permutation of its own, drawn from the seed and the epoch's number, so
/// that a training that goes on at any step sees the examples of an undisturbed one.
/// </summary>
/// <param name="examples">The number of examples.</param>
/// <param name="batch">The examples of a step.</param>
/// <param name="seed">The seed; null to take them in the dataset's order.</param>
internal sealed class ExampleOrder(int examples, int batch, int? seed)
{
    private int[] _order = [];
    private long _epoch = -1;

    /// <summary>The positions of a step's examples. A batch may reach over the end of an epoch.</summary>
    /// <param name="step">The step, from 1.</param>
    public int[] Of(int step)
    {
        var positions = new int[batch];
        for (var i = 0; i < batch; i++)
        {
            var (whole, rest) = Math.DivRem((long)(step - 1) * batch + i, examples);
            Begin(whole);
            positions[i] = _order[rest];
        }

        return positions;
    }

    private void Begin(long wanted)
    {
        if (_epoch == wanted)
            return;
        _epoch = wanted;
        _order = [.. Enumerable.Range(0, examples)];
        if (seed is not { } number)
            return;
        var random = new Xoshiro256((ulong)number, (ulong)wanted);
        for (var i = examples - 1; i > 0; i--)
        {
            var j = random.Below(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }
}
