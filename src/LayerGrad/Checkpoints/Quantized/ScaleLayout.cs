namespace LayerGrad.Checkpoints.Quantized;

/// <summary>Which scale, and which zero point, belongs to an element.</summary>
/// <param name="Groups">Scales beside each other: those of a line.</param>
/// <param name="GroupSize">How many neighbouring elements of a line share one; the last ones may be fewer.</param>
/// <param name="BlockLines">How many lines share theirs; <see cref="long.MaxValue"/> for all.</param>
/// <param name="MatrixLines">The lines of a matrix, where several are stacked and the last block of each may be smaller.</param>
/// <param name="GroupOf">The group of each element of a line where they are not neighbours (act-order).</param>
internal sealed record ScaleLayout(int Groups, int GroupSize, long BlockLines = 1, long MatrixLines = long.MaxValue, int[]? GroupOf = null)
{
    /// <summary>The row of scales that belongs to a line.</summary>
    public long Row(long line) => BlockLines == long.MaxValue ? 0
        : (line / MatrixLines * ((MatrixLines + BlockLines - 1) / BlockLines)) + (line % MatrixLines / BlockLines);
}
