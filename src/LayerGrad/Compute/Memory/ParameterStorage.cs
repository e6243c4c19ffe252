namespace LayerGrad.Compute;

/// <summary>In which type the elements of a model's parameters are stored on a device.</summary>
internal enum ParameterStorage
{
    /// <summary>The element type that is computed in.</summary>
    Element,

    /// <summary>bfloat16, the upper half of a float32, in two bytes.</summary>
    BFloat16,
}
