namespace LayerGrad.Checkpoints;

/// <summary>The elements of a tensor as they are read, whatever their order in the file.</summary>
internal interface IElements
{
    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float32.</summary>
    void Read(long start, Span<float> destination);

    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float64.</summary>
    void Read(long start, Span<double> destination);

    /// <summary>Tells in which parts of which files they stand.</summary>
    /// <param name="range">Is told of each part.</param>
    void Ranges(FileRange range);
}
