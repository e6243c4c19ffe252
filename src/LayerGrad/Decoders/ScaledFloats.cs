using LayerGrad.Checkpoints;

namespace LayerGrad.Decoders;

/// <summary>
/// Eight-bit floats that stand beside a scale. Libraries that quantise divide by a scale first and store it under a name beside the weight's;
/// the weight is their product, and nothing but a configuration says how they go together.
/// </summary>
internal static class ScaledFloats
{
    private const string Weight = ".weight";

    /// <summary>What stands behind a tensor's name in the name of its scale: of DeepSeek, compressed-tensors, ModelOpt and torchao.</summary>
    private static readonly string[] s_behindName = ["_scale_inv", "_scale", "_scale_2", ".scale", "_scales"];

    /// <summary>What stands in the place of <c>.weight</c>.</summary>
    private static readonly string[] s_inPlaceOfWeight = [".scale", ".scale_weight", ".scale_inv", ".scales", ".input_scale"];

    /// <summary>Refuses a checkpoint with an eight-bit float beside a scale, since its values alone are not the weight's.</summary>
    /// <param name="checkpoint">The checkpoint, whose configuration says nothing of quantisation.</param>
    /// <exception cref="InputException">There is one; it is named with its scale.</exception>
    public static void Refuse(Checkpoint checkpoint)
    {
        foreach (var tensor in checkpoint.Tensors.Values)
        {
            if (tensor.DType.StartsWith("F8_", StringComparison.Ordinal) && Scales(tensor.Name).FirstOrDefault(checkpoint.Tensors.ContainsKey) is { } scale)
            {
                throw new InputException(OneLine.Of(
                    $"{checkpoint.Location}: stores '{tensor.Name}' in eight bits ({tensor.DType}) beside '{scale}', by which it must be multiplied in a way that the configuration does not tell (it has no quantization_config); save the model in BF16"));
            }
        }
    }

    private static IEnumerable<string> Scales(string name)
    {
        var names = s_behindName.Select(end => name + end);
        return name.EndsWith(Weight, StringComparison.Ordinal) ? names.Concat(s_inPlaceOfWeight.Select(end => name[..^Weight.Length] + end)) : names;
    }
}
