namespace LayerGrad.Checkpoints.Pickle;

/// <summary>A tensor as a pickle describes it: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">Its first element in the storage.</param>
/// <param name="Shape">Its dimensions, the slowest first.</param>
/// <param name="Strides">The step in elements from one index to the next, of each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Whether its elements stand one after another, the last dimension fastest.</summary>
    public bool IsContiguous
    {
        get
        {
            var step = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != step)
                    return false;
                step *= Shape[i];
            }

            return true;
        }
    }
}
