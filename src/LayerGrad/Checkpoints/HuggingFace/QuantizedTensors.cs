using LayerGrad.Checkpoints.Quantized;
using LayerGrad.Checkpoints.Quantized.Layouts;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// Puts one tensor in the place of those that a quantised checkpoint stores apart (codes, scales, zero points): the weight that a program computes
/// with, decoded as it is read. What is quantised, the tensors show; how, <c>quantization_config</c>.
/// </summary>
/// <param name="location">Where the checkpoint is, for messages.</param>
/// <param name="tensors">What is said of each tensor.</param>
/// <param name="stored">The elements of each that is stored in a floating-point type.</param>
/// <param name="bytes">The bytes of each.</param>
internal sealed class QuantizedTensors(string location, Dictionary<string, TensorInfo> tensors, Dictionary<string, IElements> stored, IReadOnlyDictionary<string, StoredBytes> bytes)
{
    /// <summary>What runtimes with quantised activations or caches read, and the dequantised model has not.</summary>
    private static readonly string[] s_ofActivations = [".input_scale", ".output_scale", ".activation_scale", ".input_global_scale", ".input_zero_point", ".output_zero_point", ".k_scale", ".v_scale", ".q_scale"];

    /// <summary>What changes activations before they meet a weight, so that the weight alone is not the model's.</summary>
    private const string SmoothingScale = ".pre_quant_scale";

    /// <summary>Decodes what is quantised.</summary>
    /// <param name="settings">What the configuration says.</param>
    /// <returns>The formats that there are.</returns>
    /// <exception cref="InputException">Tensors do not fit each other, or one is missing.</exception>
    public QuantizedFormats Decode(QuantizationSettings settings)
    {
        var source = new StoredTensors(location, tensors, stored, bytes);
        if (tensors.Keys.FirstOrDefault(static name => name.EndsWith(SmoothingScale, StringComparison.Ordinal)) is { } smoothing)
            throw source.Error($"stores '{smoothing}', by which activations are multiplied before they meet the weight, which LayerGrad does not implement");
        var formats = new List<string>();
        foreach (var layout in Layouts(source, settings))
        {
            // What one layout takes is no tensor any more for the next: the scales of NVFP4 are eight-bit floats themselves.
            foreach (var part in layout.ToList())
            {
                Replace(part);
                formats.Add(part.Format);
            }
        }

        foreach (var unused in tensors.Keys.Where(static name => Array.Exists(s_ofActivations, end => name.EndsWith(end, StringComparison.Ordinal))).ToList())
        {
            tensors.Remove(unused);
            stored.Remove(unused);
        }

        if (formats.Count == 0)
            throw source.Error($"quantization_config says {settings.Method}, but no tensor is stored in a form of it that LayerGrad knows; remove quantization_config if the weights are not quantised");
        return new QuantizedFormats(settings.Method, [.. formats.CountBy(static format => format).OrderByDescending(static format => format.Value).Select(static format => (format.Key, format.Value))], settings.QuantizesActivations);
    }

    private static IEnumerable<QuantizedPart>[] Layouts(StoredTensors source, QuantizationSettings settings) => settings.Method switch
    {
        "mxfp4" => [Fp4Layout.InBlocks(source)],
        "gptq" => [GptqLayout.Find(source, settings)],
        "awq" => [AwqLayout.Find(source, settings)],
        "bitsandbytes" => [BitsAndBytesLayout.Find(source)],
        "compressed-tensors" => [PackedLayout.Find(source, settings), ScaledLayout.Find(source, settings)],
        "modelopt" => [Fp4Layout.OfModelOpt(source, settings), ScaledLayout.Find(source, settings)],
        _ => [ScaledLayout.Find(source, settings)],
    };

    private void Replace(QuantizedPart part)
    {
        var size = part.Parts.Sum(name => tensors[name].Bytes);
        foreach (var name in part.Parts)
        {
            tensors.Remove(name);
            stored.Remove(name);
        }

        if (!tensors.TryAdd(part.Name, new TensorInfo(part.Name, part.DType, part.Shape, size) { IsQuantized = true }))
            throw new InputException(OneLine.Of($"{location}: stores '{part.Name}' by itself and as '{part.Parts[0]}', and LayerGrad cannot tell which is the model's; keep one of them"));
        stored.Add(part.Name, part.Elements);
    }
}
