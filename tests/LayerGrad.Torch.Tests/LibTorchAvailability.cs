using LayerGrad.Torch.Loading;

namespace LayerGrad.Torch.Tests;

/// <summary>Whether libtorch can be had on this machine.</summary>
internal static class LibTorchAvailability
{
    private static readonly Lazy<string?> s_reason = new(Find);

    /// <summary>Why tests are skipped, or null where libtorch is there.</summary>
    public static string? WhyNot => s_reason.Value;

    private static string? Find()
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
    }
}
