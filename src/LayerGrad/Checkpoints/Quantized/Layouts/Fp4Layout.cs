using LayerGrad.Checkpoints.Formats;
using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>Four-bit floats E2M1: MXFP4 with a power of two a group, and NVFP4 with an eight-bit float a group and one number a tensor.</summary>
internal static class Fp4Layout
{
    private const string Mxfp4Name = "MXFP4";
    private const string Nvfp4Name = "NVFP4";
    private const string Blocks = "_blocks";

    /// <summary>gpt-oss's own form: values [experts, outputs, inputs / 32, 16] beside scales [experts, outputs, inputs / 32].</summary>
    public static IEnumerable<QuantizedPart> InBlocks(StoredTensors tensors)
    {
        foreach (var (name, values) in tensors.Ending(Blocks).Where(static found => found.Tensor.DType == "U8"))
        {
            var scales = tensors.Require(name + "_scales", values);
            if (values.Shape is not [.., Mxfp4.BlockBytes] || !values.Shape.AsSpan(..^1).SequenceEqual(scales.Shape) || values.Shape.Length < 3)
                throw tensors.Unfit(scales, $"[{string.Join(", ", values.Shape[..^1])}] beside '{values.Name}' in blocks of {Mxfp4.BlockBytes} bytes");
            var columns = values.Shape[^2] * Mxfp4.BlockElements;
            if (columns is < 1 or > StoredTensors.LargestSize)
                throw tensors.Unfit(values, "a smaller matrix");
            var elements = new QuantizedElements(
                StoredTensors.Rows(tensors.Bytes(values), columns / 2), CodeTable.Float4, (int)columns, values.Elements * 2, new PowersOfTwo(tensors.Bytes(scales, "U8")),
                new ScaleLayout((int)values.Shape[^2], Mxfp4.BlockElements));
            yield return new QuantizedPart(name, Mxfp4Name, [.. values.Shape[..^2], columns], elements, Words(Mxfp4Name, Mxfp4.BlockElements), [values.Name, scales.Name]);
        }
    }

    /// <summary>ModelOpt's NVFP4: <c>weight</c>, <c>weight_scale</c>, <c>weight_scale_2</c>, by which is multiplied.</summary>
    public static IEnumerable<QuantizedPart> OfModelOpt(StoredTensors tensors, QuantizationSettings settings)
    {
        foreach (var (module, global) in tensors.Ending(".weight_scale_2"))
        {
            var codes = tensors.Require(module + ".weight", global);
            if (settings.GroupSize < 1)
                throw tensors.Error($"stores '{global.Name}', which belongs to NVFP4, but quantization_config.quant_algo says FP8");
            var part = Nvfp4(tensors, codes, codes.Name, tensors.Require(module + ".weight_scale", codes), settings.GroupSize);
            yield return part with { Elements = (QuantizedElements)part.Elements with { Factor = tensors.ReadNumber(global) }, Parts = [.. part.Parts, global.Name] };
        }
    }

    /// <summary>compressed-tensors' <c>mxfp4-pack-quantized</c> and <c>nvfp4-pack-quantized</c>; by the latter's global scale is divided.</summary>
    public static QuantizedPart Packed(StoredTensors tensors, string module, TensorInfo codes, WeightGroup group)
    {
        var scales = tensors.Require(module + ".weight_scale", codes);
        var size = group.GroupSize ?? throw tensors.Error($"stores '{codes.Name}' in floats of 4 bits, for which quantization_config says no group_size");
        if (scales.DType == "U8")
        {
            if (tensors.Find(module + ".weight_global_scale") is { } unexpected)
                throw tensors.Error($"stores '{unexpected.Name}' beside the scales '{scales.Name}' of MXFP4, which has none");
            return Part(tensors, codes, module + ".weight", scales, size, Mxfp4Name, new PowersOfTwo(tensors.Bytes(scales)));
        }

        var global = tensors.Require(module + ".weight_global_scale", codes);
        var part = Nvfp4(tensors, codes, module + ".weight", scales, size);
        return part with { Elements = (QuantizedElements)part.Elements with { Divisor = tensors.ReadNumber(global) }, Parts = [.. part.Parts, global.Name] };
    }

    private static QuantizedPart Nvfp4(StoredTensors tensors, TensorInfo codes, string name, TensorInfo scales, int size) =>
        Part(tensors, codes, name, scales, size, Nvfp4Name, tensors.Numbers(scales));

    private static QuantizedPart Part(StoredTensors tensors, TensorInfo codes, string name, TensorInfo scales, int size, string format, IElements values)
    {
        var (rows, bytes) = tensors.Matrix(codes);
        var columns = bytes * 2L;
        if (columns > StoredTensors.LargestSize)
            throw tensors.Unfit(codes, "a smaller matrix");
        var groups = Suffixes.Parts(columns, size);
        tensors.RequireShape(scales, rows, groups);
        var elements = new QuantizedElements(
            StoredTensors.Rows(tensors.Bytes(codes, "U8"), bytes), CodeTable.Float4, (int)columns, rows * columns, values, new ScaleLayout((int)groups, size));
        return new QuantizedPart(name, format, [rows, columns], elements, Words(format, size), [codes.Name, scales.Name]);
    }

    private static string Words(string format, int size) => $"{format} of 4 bits, groups of {size}";
}
