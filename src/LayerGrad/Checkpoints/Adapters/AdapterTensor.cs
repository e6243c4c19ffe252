namespace LayerGrad.Checkpoints.Adapters;

/// <summary>A tensor of an adapter's file.</summary>
/// <param name="Info">What is said of it.</param>
/// <param name="Elements">Its elements.</param>
internal sealed record AdapterTensor(TensorInfo Info, IElements Elements);
