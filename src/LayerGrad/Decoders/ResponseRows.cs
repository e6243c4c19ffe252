using LayerGrad.Compute;

namespace LayerGrad.Decoders;

/// <summary>The rows of a batch that predict a response token: the only ones that the head sees.</summary>
internal sealed class ResponseRows
{
    /// <summary>Collects the rows.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="exampleWeight">The weight of each example's mean loss.</param>
    public ResponseRows(PackedBatch batch, double exampleWeight)
    {
        var count = batch.Segments.Sum(segment => batch.ResponseTokens(segment.Example));
        (Rows, Labels, Weights) = (new int[count], new int[count], new double[count]);
        var segments = new List<Segment>(batch.Segments.Count);
        var next = 0;
        foreach (var segment in batch.Segments)
        {
            var responses = batch.ResponseTokens(segment.Example);
            segments.Add(new Segment(segment.Example, next, responses));
            foreach (var position in batch.ResponsePositions(segment.Example))
            {
                Rows[next] = segment.Start + position - 1;
                Labels[next] = batch.Ids[segment.Start + position];
                Weights[next] = exampleWeight / responses;
                next++;
            }
        }

        Segments = segments;
    }

    /// <summary>The batch's row of each prediction.</summary>
    public int[] Rows { get; }

    /// <summary>The token that each should predict.</summary>
    public int[] Labels { get; }

    /// <summary>The weight of each prediction's loss.</summary>
    public double[] Weights { get; }

    /// <summary>Which predictions belong to which example.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>Each example's mean loss.</summary>
    /// <param name="results">The loss of each prediction, in consecutive runs; they are waited for.</param>
    public double[] MeanLosses(IEnumerable<DeviceResult<double[]>> results)
    {
        ReadOnlySpan<double> losses = [.. results.SelectMany(result => result.Wait())];
        var means = new double[Segments.Count];
        foreach (var segment in Segments)
        {
            var sum = 0.0;
            foreach (var loss in losses.Slice(segment.Start, segment.Length))
                sum += loss;
            means[segment.Example] = sum / segment.Length;
        }

        return means;
    }
}
