namespace LayerGrad.Torch.Tests;

/// <summary>A theory that needs libtorch.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = LibTorchAvailability.WhyNot;
}
