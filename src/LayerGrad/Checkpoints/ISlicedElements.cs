namespace LayerGrad.Checkpoints;

/// <summary>Elements that stand in the file in their own order, so that neighbouring ones are a tensor too.</summary>
internal interface ISlicedElements : IElements
{
    /// <summary>Some neighbouring elements.</summary>
    /// <param name="name">The tensor that they are, for error messages.</param>
    /// <param name="first">The first element; where elements are stored in blocks, that of a block.</param>
    /// <param name="count">How many there are; whole blocks.</param>
    ISlicedElements Slice(string name, long first, long count);
}
