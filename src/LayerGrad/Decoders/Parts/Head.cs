using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// The head at the rows that predict a response token, and nowhere else. Its weight may be larger than memory:
/// then it is read in blocks of the vocabulary, once for the logits and once for their backward.
/// </summary>
internal static class Head
{
    /// <summary>The elements of logits that exist at a time; more rows go through one run of rows after another.</summary>
    private const long LogitElements = 1L << 25;

    /// <summary>The elements of the weight that are read at a time where it is not resident.</summary>
    private const long BlockElements = 1L << 24;

    /// <summary>The rows of x whose logits are computed at a time.</summary>
    /// <param name="vocabularySize">The number of logits in a row.</param>
    public static int RowsAtATime(int vocabularySize) => (int)Math.Max(64, LogitElements / vocabularySize);

    /// <summary>The rows of the weight that are read at a time where it is not resident.</summary>
    /// <param name="head">The settings.</param>
    public static int BlockRows(HeadSpecification head) =>
        (int)Math.Clamp(BlockElements / head.Linear.Weight.Columns, 1, head.Linear.Weight.Rows);

    /// <summary>The elements of the pass's workspace that <see cref="ForwardBackward"/> takes at most at a time.</summary>
    /// <param name="head">The settings.</param>
    /// <param name="pass">The pass, before it takes place.</param>
    public static long Scratch<T>(HeadSpecification head, PlannedPass pass)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Workspace<T>.Elements(
            pass.Wants(head.Linear.Weight) ? pass.ResponseTokens : Math.Min(pass.ResponseTokens, RowsAtATime(head.Linear.Outputs)), head.Linear.Outputs);

    /// <summary>Each row's loss, and the gradient of Σ weight · loss, of which the sink hears.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="head">The settings.</param>
    /// <param name="segments">Which rows belong to which example.</param>
    /// <param name="x">rows x hidden.</param>
    /// <param name="labels">The token that each row should predict.</param>
    /// <param name="rowWeights">The weight of each row's loss.</param>
    /// <param name="dx">rows x hidden, overwritten; null for the losses alone.</param>
    /// <returns>The losses of one run of rows after another.</returns>
    public static IReadOnlyList<DeviceResult<double[]>> ForwardBackward<T>(
        Pass<T> pass, HeadSpecification head, IReadOnlyList<Segment> segments, Matrix<T> x,
        ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, Matrix<T>? dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A sink that wants the head's gradient gets all rows at once, so that an example's factors are not cut.
        var whole = dx is not null && pass.Sink?.Wants(head.Linear.Weight) == true;
        var rowsAtATime = whole ? x.Rows : RowsAtATime(head.Linear.Outputs);
        var losses = new List<DeviceResult<double[]>>();
        for (var start = 0; start < x.Rows; start += rowsAtATime)
        {
            using var scope = pass.Workspace.Begin();
            var count = Math.Min(rowsAtATime, x.Rows - start);
            var rows = x.RowRange(start, count);
            var logits = scope.Take(count, head.Linear.Outputs);
            Logits(pass, head, rows, logits);
            losses.Add(pass.Device.CrossEntropy(logits, labels.Slice(start, count), rowWeights.Slice(start, count), head.Scale, head.SoftCap));
            if (dx is not { } gradient)
                continue;
            if (whole)
                pass.Sink!.Linear(new LinearGradient<T>(x, [new LinearOutputGradient<T>(head.Linear, logits)], segments));
            if (pass.Accumulator(head.Linear.Bias) is { } bias)
                pass.Device.SumRows(logits, bias);
            ForBlocks(pass, head, (firstToken, weight) => pass.Device.Multiply(
                logits.ColumnRange(firstToken, weight.Rows), weight, false, gradient.RowRange(start, count), beta: firstToken == 0 ? 0 : 1));
        }

        return losses;
    }

    /// <summary>The logits before scale and cap.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="head">The settings.</param>
    /// <param name="x">rows x hidden.</param>
    /// <param name="logits">rows x vocabulary.</param>
    public static void Logits<T>(Pass<T> pass, HeadSpecification head, Matrix<T> x, Matrix<T> logits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ForBlocks(pass, head, (firstToken, weight) => pass.Device.Multiply(x, weight, true, logits.ColumnRange(firstToken, weight.Rows)));
        if (pass.Weight(head.Linear.Bias) is { } bias)
            pass.Device.AddRow(bias, logits);
    }

    private static void ForBlocks<T>(Pass<T> pass, HeadSpecification head, Action<int, Parameter<T>> body)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameter = head.Linear.Weight;
        var rows = pass.Weights.Holds(parameter) ? parameter.Rows : BlockRows(head);
        for (var first = 0; first < parameter.Rows; first += rows)
            body(first, pass.Weights.HeadRows(first, Math.Min(rows, parameter.Rows - first)));
    }
}
