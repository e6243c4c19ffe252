using System.Buffers;
using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints;

/// <summary>
/// A matrix whose blocks of rows and columns each have a scale of their own (DeepSeek-AI 2024, arXiv 2412.19437, section 3.3), multiplied in float32 as it
/// is read. The last block of a dimension may be smaller than the others.
/// </summary>
/// <param name="Values">The values, row by row.</param>
/// <param name="Scales">The scales, row by row: one for each block.</param>
/// <param name="Columns">The matrix's columns.</param>
/// <param name="BlockRows">The rows of a block.</param>
/// <param name="BlockColumns">The columns of a block.</param>
internal sealed record BlockScaledTensor(IElements Values, IElements Scales, long Columns, long BlockRows, long BlockColumns) : IElements
{
    private long ScaleColumns => (Columns + BlockColumns - 1) / BlockColumns;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination)
    {
        Values.Read(start, destination);
        var scales = ArrayPool<float>.Shared.Rent((int)ScaleColumns);
        try
        {
            var all = scales.AsSpan(0, (int)ScaleColumns);
            var ofBlock = -1L;
            while (!destination.IsEmpty)
            {
                var (row, column) = Math.DivRem(start, Columns);
                if (row / BlockRows != ofBlock)
                {
                    ofBlock = row / BlockRows;
                    Scales.Read(ofBlock * ScaleColumns, all);
                }

                var block = column / BlockColumns;
                var count = (int)Math.Min(destination.Length, Math.Min((block + 1) * BlockColumns, Columns) - column);
                TensorPrimitives.Multiply(destination[..count], all[(int)block], destination[..count]);
                start += count;
                destination = destination[count..];
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scales);
        }
    }

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => ElementReading.Widen(this, start, destination);

    /// <inheritdoc />
    public void ReadAhead()
    {
        Values.ReadAhead();
        Scales.ReadAhead();
    }
}
