namespace LayerGrad.Torch.Tests;

/// <summary>A fact that needs libtorch.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute() => Skip = LibTorchAvailability.WhyNot;
}
