namespace LayerGrad.Compute;

/// <summary>The rows of one example in a packed batch: attention, positions and statistics never cross its borders.</summary>
/// <param name="Example">The example's place in the batch.</param>
/// <param name="Start">Its first row.</param>
/// <param name="Length">Its number of rows.</param>
internal readonly record struct Segment(int Example, int Start, int Length)
{
    /// <summary>The row behind its last one.</summary>
    public int End => Start + Length;
}
