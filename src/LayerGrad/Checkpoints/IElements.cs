namespace LayerGrad.Checkpoints;

/// <summary>The elements of a tensor as they are read, whatever their order in the file.</summary>
internal interface IElements
{
    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float32.</summary>
    void Read(long start, Span<float> destination);

    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float64.</summary>
    void Read(long start, Span<double> destination);

    /// <summary>Hints that they will be read soon.</summary>
    void ReadAhead();
}
