using LayerGrad.Torch.Loading;

namespace LayerGrad.Torch.Tests.Support;

/// <summary>A fact for which libtorch must be there; elsewhere it is skipped with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where there is no libtorch that works.</summary>
    public TorchFactAttribute() => Skip = Unavailable.Reason;
}

/// <summary>A theory for which libtorch must be there; elsewhere it is skipped with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the theory where there is no libtorch that works.</summary>
    public TorchTheoryAttribute() => Skip = Unavailable.Reason;
}

/// <summary>Why libtorch cannot be had.</summary>
internal static class Unavailable
{
    private static readonly Lazy<string?> s_reason = new(static () =>
    {
        try
        {
            LibTorch.Require();
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    });

    /// <summary>The reason; null where it can.</summary>
    public static string? Reason => s_reason.Value;
}
