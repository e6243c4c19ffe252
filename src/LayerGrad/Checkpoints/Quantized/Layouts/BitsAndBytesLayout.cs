using LayerGrad.Checkpoints.Quantized.Codes;
using LayerGrad.Checkpoints.Quantized.Scales;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Quantized.Layouts;

/// <summary>bitsandbytes: NF4 and FP4 (Dettmers et al. 2023, arXiv 2305.14314), and integers of eight bits with a scale a row (arXiv 2208.07339).</summary>
internal static class BitsAndBytesLayout
{
    private const string State = ".quant_state.bitsandbytes__";
    private const int LargestInteger = 127;

    /// <summary>Blocks that are decoded as one line; scales are then read so many at once.</summary>
    private const int BlocksInLine = 64;

    /// <summary>The tensors that are put together.</summary>
    public static IEnumerable<QuantizedPart> Find(StoredTensors tensors) =>
        OfFourBits(tensors, "nf4").Concat(OfFourBits(tensors, "fp4")).Concat(OfEightBits(tensors));

    private static IEnumerable<QuantizedPart> OfFourBits(StoredTensors tensors, string type)
    {
        foreach (var (weight, stateTensor) in tensors.Ending(State + type))
        {
            var codes = tensors.Require(weight, stateTensor);
            var state = ReadState(tensors, stateTensor);
            if (state.OptionalText("quant_type") is { } said && said != type)
                throw state.Error($"quant_type is {said}, but the tensor's name says {type}");
            long[] shape = [.. state.Array("shape").Select(static size => size.AsLong(1, StoredTensors.LargestSize))];
            if (shape.Length != 2)
                throw state.Require("shape").Wrong("two sizes");
            var (elements, block) = (shape[0] * shape[1], state.Int("blocksize", 2, 1 << 20));
            var bytes = tensors.Bytes(codes);
            if (bytes.Length != Suffixes.Parts(elements, 2))
                throw tensors.Error($"'{codes.Name}' has {bytes.Length} bytes, where its shape [{shape[0]}, {shape[1]}] asks for {Suffixes.Parts(elements, 2)}");
            var map = tensors.Require($"{weight}.quant_map", codes);
            tensors.RequireShape(map, 16);
            var absmax = tensors.Require($"{weight}.absmax", codes);
            var blocks = Suffixes.Parts(elements, block);
            if (absmax.Elements != blocks)
                throw tensors.Unfit(absmax, $"[{blocks}]");
            var isNested = tensors.Find($"{weight}.nested_absmax") is not null || absmax.DType == "U8";
            var line = BlocksInLine * block;
            yield return new QuantizedPart(
                weight, type.ToUpperInvariant(), shape,
                new QuantizedElements(
                    StoredTensors.Rows(bytes, line / 2), new CodeTable(4, HighFirst: true, tensors.ReadNumbers(map)), line, elements,
                    isNested ? Nested(tensors, weight, absmax, state) : tensors.Numbers(absmax), new ScaleLayout(BlocksInLine, block)),
                $"{type.ToUpperInvariant()} of 4 bits (bitsandbytes), blocks of {block}{(isNested ? ", double quantisation" : "")}",
                [codes.Name, stateTensor.Name, map.Name, absmax.Name, .. tensors.Present($"{weight}.nested_absmax", $"{weight}.nested_quant_map")]);
        }
    }

    private static NestedScales Nested(StoredTensors tensors, string weight, TensorInfo absmax, JsonValue state)
    {
        var (scales, map) = (tensors.Require($"{weight}.nested_absmax", absmax), tensors.Require($"{weight}.nested_quant_map", absmax));
        tensors.RequireShape(map, 256);
        var block = state.Int("nested_blocksize", 1, 1 << 20);
        if (scales.Elements != Suffixes.Parts(absmax.Elements, block))
            throw tensors.Unfit(scales, $"[{Suffixes.Parts(absmax.Elements, block)}]");
        return new NestedScales(tensors.Bytes(absmax, "U8"), tensors.ReadNumbers(map), tensors.ReadNumbers(scales), block, state.Double("nested_offset"));
    }

    /// <summary>The settings of a weight: JSON as the bytes of a tensor.</summary>
    private static JsonValue ReadState(StoredTensors tensors, TensorInfo tensor)
    {
        var bytes = tensors.Bytes(tensor, "U8");
        if (bytes.Length > 1 << 16)
            throw tensors.Unfit(tensor, "a short text of JSON");
        var json = new byte[bytes.Length];
        bytes.Read(0, json);
        var state = ForeignJson.Parse(json, OneLine.Of($"{bytes.File.Path}: '{tensor.Name}'"));
        return state.IsObject ? state : throw state.Wrong("an object");
    }

    private static IEnumerable<QuantizedPart> OfEightBits(StoredTensors tensors)
    {
        foreach (var (module, scales) in tensors.Ending(".SCB"))
        {
            var codes = tensors.Require(module + ".weight", scales);
            var (rows, columns) = tensors.Matrix(codes);
            if (scales.Elements != rows)
                throw tensors.Unfit(scales, $"[{rows}]");
            if (tensors.Find(module + ".weight_format") is { } format)
                RequireRows(tensors, format);
            yield return new QuantizedPart(
                codes.Name, "INT8", codes.Shape,
                new QuantizedElements(
                    StoredTensors.Rows(tensors.Bytes(codes, "I8"), columns), CodeTable.Signed8, columns, (long)rows * columns, tensors.Numbers(scales), new ScaleLayout(1, columns))
                { Divisor = LargestInteger },
                "integers of 8 bits (bitsandbytes), one scale a row", [codes.Name, scales.Name, .. tensors.Present(module + ".weight_format")]);
        }
    }

    /// <summary>Older versions also stored the orders of GPUs' tensor cores.</summary>
    private static void RequireRows(StoredTensors tensors, TensorInfo format)
    {
        Span<byte> order = stackalloc byte[1];
        var bytes = tensors.Bytes(format, "U8");
        if (bytes.Length != 1)
            throw tensors.Unfit(format, "one number");
        bytes.Read(0, order);
        if (order[0] != 0)
            throw tensors.Error($"'{format.Name}' is {order[0]}, a weight in the order of a GPU's tensor cores, which LayerGrad does not implement; supported: 0 (row)");
    }
}
