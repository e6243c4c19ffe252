using LayerGrad.Checkpoints.Formats;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// Puts one tensor in the place of values and scales that a quantised checkpoint stores apart: the weight that a program computes with, decoded as it
/// is read. Which formats there are, and which settings of them, <c>quantization_config</c> says; what it says is checked where the model is described.
/// </summary>
/// <param name="location">Where the checkpoint is, for messages.</param>
/// <param name="tensors">What is said of each tensor.</param>
/// <param name="stored">The elements of each.</param>
/// <param name="bytes">The tensors of plain bytes.</param>
internal sealed class QuantizedTensors(string location, Dictionary<string, TensorInfo> tensors, Dictionary<string, IElements> stored, Dictionary<string, StoredBytes> bytes)
{
    private const string Blocks = "_blocks";
    private const string Scales = "_scales";
    private const string ScaleInverse = "_scale_inv";

    /// <summary>Decodes what a configuration says is quantised.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="InputException">Values and scales do not fit each other.</exception>
    public void Decode(JsonValue config)
    {
        var settings = Settings(config) ?? (config.Find("text_config") is { IsObject: true } text ? Settings(text) : null);
        switch (settings?.OptionalText("quant_method"))
        {
            case "mxfp4":
                DecodeMxfp4();
                break;
            case "fp8" when settings.Value.Find("weight_block_size") is { IsArray: true } size:
                DecodeBlocks([.. size.Items().Select(static item => item.AsInt(1))]);
                break;
        }
    }

    private static JsonValue? Settings(JsonValue config) => config.Find("quantization_config") is { IsObject: true } settings ? settings : null;

    /// <summary>Values [experts, outputs, inputs / 32, 16] beside scales [experts, outputs, inputs / 32].</summary>
    private void DecodeMxfp4()
    {
        foreach (var values in tensors.Values.Where(static tensor => tensor.Name.EndsWith(Blocks, StringComparison.Ordinal)).ToList())
        {
            var name = values.Name[..^Blocks.Length];
            if (!bytes.TryGetValue(values.Name, out var blocks))
                continue;
            if (!tensors.TryGetValue(name + Scales, out var of) || !bytes.TryGetValue(of.Name, out var scales))
                throw new InputException(OneLine.Of($"{location}: stores '{values.Name}' in MXFP4 without '{name + Scales}'; the checkpoint is incomplete"));
            if (values.Shape is not [.., Mxfp4.BlockBytes] || !values.Shape.AsSpan(..^1).SequenceEqual(of.Shape) || values.Shape.Length < 3)
                throw Unfit(values, of);
            Replace(
                new TensorInfo(name, "MXFP4", [.. values.Shape[..^2], values.Shape[^2] * Mxfp4.BlockElements], values.Bytes + of.Bytes),
                new Mxfp4Tensor(blocks, scales), values.Name, of.Name);
        }
    }

    /// <summary>Eight-bit values [outputs, inputs] beside a scale for each block.</summary>
    private void DecodeBlocks(int[] size)
    {
        foreach (var values in tensors.Values.Where(static tensor => tensor.DType == "F8_E4M3" && tensor.Shape.Length == 2).ToList())
        {
            if (!tensors.TryGetValue(values.Name + ScaleInverse, out var scales) || !stored.TryGetValue(scales.Name, out var factors))
                throw new InputException(OneLine.Of($"{location}: stores '{values.Name}' in eight bits without '{values.Name + ScaleInverse}'; the checkpoint is incomplete"));
            if (size.Length != 2 || scales.Shape.Length != 2 || Count(values.Shape[0], size[0]) != scales.Shape[0] || Count(values.Shape[1], size[1]) != scales.Shape[1])
                throw Unfit(values, scales);
            Replace(
                values with { Bytes = values.Bytes + scales.Bytes }, new BlockScaledTensor(stored[values.Name], factors, values.Shape[1], size[0], size[1]), values.Name, scales.Name);
        }

        static long Count(long elements, int size) => (elements + size - 1) / size;
    }

    private void Replace(TensorInfo info, IElements elements, params string[] parts)
    {
        foreach (var part in parts)
        {
            tensors.Remove(part);
            stored.Remove(part);
        }

        if (!tensors.TryAdd(info.Name, info))
            throw new InputException(OneLine.Of($"{location}: stores '{info.Name}' by itself and as '{parts[0]}', and LayerGrad cannot tell which is the model's; keep one of them"));
        stored.Add(info.Name, elements);
    }

    private InputException Unfit(TensorInfo values, TensorInfo scales) => new(OneLine.Of(
        $"{location}: the scales '{scales.Name}' [{string.Join(", ", scales.Shape)}] do not fit '{values.Name}' [{string.Join(", ", values.Shape)}] in the blocks that quantization_config says"));
}
