using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Formats of which there is no checkpoint, and options that those that there are do not have, on made-up tensors.</summary>
public sealed class QuantizedFormatTests : IDisposable
{
    private const string Module = "model.layers.0.mlp.down_proj";
    private const string Weight = Module + ".weight";

    private static readonly double[] s_e2m1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6];

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(7);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8, 64, 24, 16, "gptq", false)]
    [InlineData(8, 64, 24, -1, "gptq_v2", false)]
    [InlineData(8, 40, 17, 8, "gptq", true)]
    [InlineData(4, 72, 40, 24, "gptq_v2", true)]
    [InlineData(4, 64, 24, -1, "gptq", false)]
    [InlineData(4, 40, 8, 12, "gptq", false)]
    public void Gptq(int bits, int inputs, int outputs, int size, string format, bool isScattered)
    {
        var (perWord, group) = (32 / bits, size == -1 ? inputs : size);
        var groups = (inputs + group - 1) / group;
        var (codes, zeros) = (Codes(inputs * outputs, bits), Array.ConvertAll(Codes(groups * outputs, bits), code => code == (1 << bits) - 1 ? 1 : code));
        var scales = Scales(groups * outputs);
        var index = Enumerable.Range(0, inputs).Select(input => isScattered ? (input * 7 + 3) % groups : input / group).ToArray();
        var words = new uint[inputs / perWord * outputs];
        var zeroWords = new uint[groups * ((outputs + perWord - 1) / perWord)];
        for (var i = 0; i < inputs * outputs; i++)
            words[i / outputs / perWord * outputs + i % outputs] |= (uint)codes[i] << (i / outputs % perWord * bits);
        for (var i = 0; i < groups * outputs; i++)
            zeroWords[i / outputs * (zeroWords.Length / groups) + i % outputs / perWord] |= (uint)zeros[i] << (i % outputs % perWord * bits);
        Write($$"""{"quant_method": "gptq", "bits": {{bits}}, "group_size": {{size}}, "checkpoint_format": "{{format}}"}""",
            (Module + ".qweight", [inputs / perWord, outputs], "I32", Bytes(words)), (Module + ".qzeros", [groups, zeroWords.Length / groups], "I32", Bytes(zeroWords)),
            (Module + ".scales", [groups, outputs], "F32", Bytes(scales)), (Module + ".g_idx", [inputs], "I32", Bytes(index)));

        Holds(outputs, inputs, (output, input) =>
            (codes[input * outputs + output] - (zeros[index[input] * outputs + output] + (format == "gptq" ? 1 : 0))) * (double)scales[index[input] * outputs + output]);
    }

    [Theory]
    [InlineData(48, 72, 16)]
    [InlineData(37, 8, -1)]
    public void Awq(int inputs, int outputs, int size)
    {
        int[] order = [0, 2, 4, 6, 1, 3, 5, 7];
        var group = size == -1 ? inputs : size;
        var groups = (inputs + group - 1) / group;
        var (codes, zeros, scales) = (Codes(inputs * outputs, 4), Codes(groups * outputs, 4), Scales(groups * outputs));
        Write($$"""{"quant_method": "awq", "bits": 4, "group_size": {{size}}, "version": "GEMM", "zero_point": true}""",
            (Module + ".qweight", [inputs, outputs / 8], "I32", Bytes(Packed(codes))), (Module + ".qzeros", [groups, outputs / 8], "I32", Bytes(Packed(zeros))),
            (Module + ".scales", [groups, outputs], "F32", Bytes(scales)));
        Holds(outputs, inputs, (output, input) => (codes[input * outputs + output] - zeros[input / group * outputs + output]) * (double)scales[input / group * outputs + output]);

        uint[] Packed(int[] all) => [.. Enumerable.Range(0, all.Length / 8).Select(word => Enumerable.Range(0, 8).Aggregate(0u, (bits, place) => bits | (uint)all[word * 8 + order[place]] << (4 * place)))];
    }

    [Theory]
    [InlineData("fp4", 7, 30, 64, false)]
    [InlineData("nf4", 5, 33, 32, true)]
    [InlineData("fp4", 64, 96, 128, true)]
    public void Bitsandbytes(string type, int rows, int columns, int block, bool isNested)
    {
        var (count, map) = (rows * columns, Enumerable.Range(0, 16).Select(code => (code * 5 % 16 - 7) / 12f).ToArray());
        var (codes, blocks) = (Codes(count + 1, 4), (count + block - 1) / block);
        var bytes = Enumerable.Range(0, (count + 1) / 2).Select(i => (byte)(codes[2 * i] << 4 | codes[2 * i + 1])).ToArray();
        var (absmax, nestedMap) = (Scales(blocks), Enumerable.Range(0, 256).Select(code => code / 300f).ToArray());
        var (nestedCodes, nested) = (Codes(blocks, 8), Scales((blocks + 15) / 16));
        var state = $$"""{"quant_type": "{{type}}", "blocksize": {{block}}, "dtype": "bfloat16", "shape": [{{rows}}, {{columns}}], "nested_blocksize": 16, "nested_offset": 0.03125}""";
        var tensors = new List<(string, long[], string, byte[])>
        {
            (Weight, [bytes.Length, 1], "U8", bytes), (Weight + ".quant_map", [16], "F32", Bytes(map)),
            ($"{Weight}.quant_state.bitsandbytes__{type}", [state.Length], "U8", Encoding.UTF8.GetBytes(state)),
            isNested ? (Weight + ".absmax", [blocks], "U8", Array.ConvertAll(nestedCodes, static code => (byte)code)) : (Weight + ".absmax", [blocks], "F32", Bytes(absmax)),
        };
        if (isNested)
            tensors.AddRange([(Weight + ".nested_absmax", [nested.Length], "F32", Bytes(nested)), (Weight + ".nested_quant_map", [256], "F32", Bytes(nestedMap))]);
        Write("""{"quant_method": "bitsandbytes", "load_in_4bit": true}""", [.. tensors]);

        Holds(rows, columns, (row, column) =>
        {
            var scale = (row * columns + column) / block;
            return map[codes[row * columns + column]] * (isNested ? (double)nestedMap[nestedCodes[scale]] * nested[scale / 16] + 0.03125 : absmax[scale]);
        });
    }

    [Theory]
    [InlineData(4, "group", 24, false, true)]
    [InlineData(4, "channel", 0, true, false)]
    [InlineData(4, "tensor", 0, true, false)]
    [InlineData(8, "group", 8, true, true)]
    public void Packed_integers(int bits, string strategy, int size, bool isSymmetric, bool isScattered)
    {
        const int Rows = 13, Columns = 48;
        var (perWord, group) = (32 / bits, size == 0 ? Columns : size);
        var (groups, scaleRows) = (Columns / group, strategy == "tensor" ? 1 : Rows);
        var (codes, zeros, scales) = (Codes(Rows * Columns, bits), Codes(scaleRows * groups, bits), Scales(scaleRows * groups));
        var index = Enumerable.Range(0, Columns).Select(column => isScattered ? column % groups : column / group).ToArray();
        var words = new uint[Rows * Columns / perWord];
        for (var i = 0; i < codes.Length; i++)
            words[i / perWord] |= (uint)codes[i] << (i % perWord * bits);
        var zeroWords = new uint[(scaleRows + perWord - 1) / perWord * groups];
        for (var i = 0; i < zeros.Length; i++)
            zeroWords[i / groups / perWord * groups + i % groups] |= (uint)zeros[i] << (i / groups % perWord * bits);
        var tensors = new List<(string, long[], string, byte[])>
        {
            (Module + ".weight_packed", [Rows, Columns / perWord], "I32", Bytes(words)), (Module + ".weight_shape", [2], "I64", Bytes([(long)Rows, Columns])),
            (Module + ".weight_scale", strategy == "tensor" ? [1] : [scaleRows, groups], "F32", Bytes(scales)),
        };
        if (!isSymmetric)
            tensors.Add((Module + ".weight_zero_point", [zeroWords.Length / groups, groups], "I32", Bytes(zeroWords)));
        if (isScattered)
            tensors.Add((Module + ".weight_g_idx", [Columns], "I32", Bytes(index)));
        Write(CompressedTensors($$"""{"num_bits": {{bits}}, "type": "int", "strategy": "{{strategy}}", "group_size": {{(size == 0 ? "null" : size)}}, "symmetric": {{(isSymmetric ? "true" : "false")}}}""", "pack-quantized"), [.. tensors]);

        Holds(Rows, Columns, (row, column) =>
        {
            var scale = (strategy == "tensor" ? 0 : row * groups) + index[column];
            return (codes[row * Columns + column] - (isSymmetric ? 1 << (bits - 1) : zeros[scale])) * (double)scales[scale];
        });
    }

    [Fact]
    public void Integers_of_eight_bits_by_groups_with_zero_points()
    {
        var (codes, zeros, scales) = (Codes(6 * 20, 8), Codes(6 * 2, 8), Scales(6 * 2));
        Write(CompressedTensors("""{"num_bits": 8, "type": "int", "strategy": "group", "group_size": 10, "symmetric": false}""", "int-quantized"),
            (Weight, [6, 20], "I8", Array.ConvertAll(codes, static code => (byte)code)), (Weight + "_scale", [6, 2], "F32", Bytes(scales)),
            (Weight + "_zero_point", [6, 2], "I8", Array.ConvertAll(zeros, static zero => (byte)zero)));
        Holds(6, 20, (row, column) => ((sbyte)codes[row * 20 + column] - (sbyte)zeros[row * 2 + column / 10]) * (double)scales[row * 2 + column / 10]);
    }

    [Theory]
    [InlineData("""{"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}""", "_scale", new long[0], 1, 1)]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": null}""", "_scale_inv", new long[] { 1 }, 1, 1)]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": null}""", "_scale", new long[] { 12, 1 }, 12, 1)]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [5, 8]}""", "_scale_inv", new long[] { 3, 3 }, 3, 3)]
    public void Eight_bit_floats(string settings, string suffix, long[] shape, int down, int across)
    {
        var (codes, scales) = (Codes(12 * 20, 6), Scales(down * across));
        Write(settings, (Weight, [12, 20], "F8_E4M3", Array.ConvertAll(codes, static code => (byte)code)), (Weight + suffix, shape, "F32", Bytes(scales)), (Module + ".input_scale", [], "F32", new byte[4]));
        Holds(12, 20, (row, column) => E4M3(codes[row * 20 + column]) * scales[(down == 12 ? row : down == 1 ? 0 : row / 5) * across + (across == 1 ? 0 : column / 8)]);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        checkpoint.Tensors.Keys.ShouldBe([Weight]);
        checkpoint.Quantization!.Note.ShouldContain("not modelled");
    }

    [Fact]
    public void Nvfp4_of_modelopt_is_multiplied_and_that_of_compressed_tensors_divided()
    {
        var (bytes, codes, scaleCodes) = (new byte[4 * 16], new int[4 * 32], Codes(4 * 2, 6));
        _random.NextBytes(bytes);
        for (var i = 0; i < codes.Length; i++)
            codes[i] = bytes[i / 2] >> (i % 2 * 4) & 15;
        float[] global = [0.0123f];
        var scales = ((string, long[], string, byte[]))(Weight + "_scale", [4, 2], "F8_E4M3", Array.ConvertAll(scaleCodes, static code => (byte)code));
        Write("""{"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}""", (Weight, [4, 16], "U8", bytes), scales, (Weight + "_scale_2", [], "F32", Bytes(global)));
        Holds(4, 32, (row, column) => s_e2m1[codes[row * 32 + column]] * E4M3(scaleCodes[row * 2 + column / 16]) * global[0]);
        Write(CompressedTensors("""{"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}""", "nvfp4-pack-quantized"),
            (Weight + "_packed", [4, 16], "U8", bytes), scales, (Weight + "_global_scale", [1], "F32", Bytes(global)));
        Holds(4, 32, (row, column) => s_e2m1[codes[row * 32 + column]] * E4M3(scaleCodes[row * 2 + column / 16]) / global[0]);
    }

    private static double E4M3(int bits) => bits >> 3 == 0 ? bits / 512.0 : (1 + (bits & 7) / 8.0) * Math.Pow(2, (bits >> 3) - 7);

    private static string CompressedTensors(string weights, string format) =>
        $$$"""{"quant_method": "compressed-tensors", "format": "{{{format}}}", "config_groups": {"group_0": {"targets": ["Linear"], "weights": {{{weights}}}}}, "ignore": ["lm_head"]}""";

    private int[] Codes(int count, int bits) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(1 << bits))];

    private float[] Scales(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(_random.NextDouble() / 10 + 0.001))];

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private void Write(string settings, params (string Name, long[] Shape, string DType, byte[] Data)[] tensors)
    {
        File.WriteAllText(_folder.At("config.json"), """{"model_type": "llama"}""");
        SafetensorsBuilder.WriteRaw(_folder.Path, _folder.Path, tensors, ("quantization_config", JsonNode.Parse(settings)));
    }

    /// <summary>Whether the weight is the expected one, whole and in parts that begin and end anywhere.</summary>
    private void Holds(int rows, int columns, Func<int, int, double> expected)
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        checkpoint.Tensors[Weight].Shape.ShouldBe([rows, columns]);
        var all = new double[rows * columns];
        checkpoint.Read(Weight, 0, all);
        for (var i = 0; i < all.Length; i++)
            Math.Abs(all[i] - expected(i / columns, i % columns)).ShouldBeLessThanOrEqualTo(2e-16 * Math.Abs(all[i]), $"element {i}");
        for (var start = 0; start < all.Length; start += 23)
        {
            var (part, wide) = (new float[Math.Min(all.Length - start, 1 + start * 7 % 197)], new double[Math.Min(all.Length - start, 1 + start * 5 % 203)]);
            checkpoint.Read(Weight, start, part);
            checkpoint.Read(Weight, start, wide);
            wide.ShouldBe(all.Skip(start).Take(wide.Length));
            for (var i = 0; i < part.Length; i++)
                Math.Abs(part[i] - all[start + i]).ShouldBeLessThanOrEqualTo(2e-7 * Math.Abs(all[start + i]));
        }
    }
}
