using System.Diagnostics;
using System.Globalization;
using System.Text;
using LayerGrad.Checkpoints;

namespace LayerGrad.Bench;

/// <summary>What reading four-bit checkpoints costs beside the same in bfloat16: layers of Qwen2-1.5B's shape with made-up weights, read into float32 in one thread.</summary>
internal static class QuantizedTable
{
    private const int Rounds = 5;
    private const int Group = 128;
    private const string State = "weight.quant_state.bitsandbytes__nf4";

    /// <summary>The matrices of a layer: outputs and inputs.</summary>
    private static readonly (string Name, int Outputs, int Inputs)[] s_matrices =
    [
        ("self_attn.q_proj", 1536, 1536), ("self_attn.k_proj", 256, 1536), ("self_attn.v_proj", 256, 1536), ("self_attn.o_proj", 1536, 1536),
        ("mlp.gate_proj", 8960, 1536), ("mlp.up_proj", 8960, 1536), ("mlp.down_proj", 1536, 8960),
    ];

    private delegate IEnumerable<(string Suffix, string DType, long[] Shape)> Parts(int outputs, int inputs);

    private static readonly (string Name, string Settings, Parts Parts)[] s_formats =
    [
        ("bfloat16", "", static (outputs, inputs) => [("weight", "BF16", [outputs, inputs])]),
        ("GPTQ, groups of 128", """{"quant_method": "gptq", "bits": 4, "group_size": 128}""", Gptq),
        ("AWQ, groups of 128", """{"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm"}""",
            static (outputs, inputs) => [("qweight", "I32", [inputs, outputs / 8]), ("qzeros", "I32", [inputs / Group, outputs / 8]), ("scales", "F16", [inputs / Group, outputs])]),
        ("compressed-tensors int4, groups of 128", CompressedTensors("pack-quantized", "int", "group", Group),
            static (outputs, inputs) => [("weight_packed", "I32", [outputs, inputs / 8]), ("weight_shape", "I64", [2]), ("weight_scale", "BF16", [outputs, inputs / Group])]),
        ("NVFP4, groups of 16", CompressedTensors("nvfp4-pack-quantized", "float", "tensor_group", 16),
            static (outputs, inputs) => [("weight_packed", "U8", [outputs, inputs / 2]), ("weight_scale", "F8_E4M3", [outputs, inputs / 16]), ("weight_global_scale", "F32", [1])]),
        ("NF4, blocks of 64", """{"quant_method": "bitsandbytes", "load_in_4bit": true}""",
            static (outputs, inputs) => [("weight", "U8", [(long)outputs * inputs / 2, 1]), ("weight.absmax", "F32", [(long)outputs * inputs / 64]), ("weight.quant_map", "F32", [16]), (State, "U8", [StateOf(outputs, inputs).Length])]),
    ];

    /// <summary>Prints the table in Markdown. Argument: how many layers, by default two.</summary>
    public static void Print(ReadOnlySpan<string> arguments)
    {
        var layers = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 2;
        var folder = Directory.CreateTempSubdirectory("layergrad-bench-").FullName;
        try
        {
            var checkpoints = s_formats.Select((format, position) => Write(Path.Combine(folder, $"{position}"), format.Settings, format.Parts, layers)).ToList();
            var times = checkpoints.Select(static _ => new List<double>()).ToList();
            for (var round = -3; round < Rounds; round++)
            {
                for (var i = 0; i < checkpoints.Count; i++)
                {
                    var time = Read(checkpoints[i]);
                    if (round >= 0)
                        times[i].Add(time);
                }
            }

            checkpoints.ForEach(static checkpoint => checkpoint.Dispose());
            var medians = times.ConvertAll(static all => all.Order().ElementAt(Rounds / 2));
            Console.WriteLine("| stored as | ms a layer | of bfloat16's |");
            Console.WriteLine("|---|---|---|");
            for (var i = 0; i < medians.Count; i++)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {s_formats[i].Name} | {medians[i] / layers:F1} | {medians[i] / medians[0]:F2} |"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Read(Checkpoint checkpoint)
    {
        var buffer = GC.AllocateUninitializedArray<float>(8960 * 1536);
        var clock = Stopwatch.StartNew();
        foreach (var tensor in checkpoint.Tensors.Values)
            checkpoint.Read(tensor.Name, 0, buffer.AsSpan(0, (int)tensor.Elements));
        return clock.Elapsed.TotalMilliseconds;
    }

    private static IEnumerable<(string Suffix, string DType, long[] Shape)> Gptq(int outputs, int inputs) =>
        [("qweight", "I32", [inputs / 8, outputs]), ("qzeros", "I32", [inputs / Group, outputs / 8]), ("scales", "F16", [inputs / Group, outputs])];

    private static string CompressedTensors(string format, string type, string strategy, int size) =>
        $$"""{"quant_method": "compressed-tensors", "format": "{{format}}", "config_groups": {"group_0": {"targets": ["Linear"], "weights": """
        + $$"""{"num_bits": 4, "type": "{{type}}", "strategy": "{{strategy}}", "group_size": {{size}} } } } }""";

    private static string StateOf(int outputs, int inputs) => $$"""{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [{{outputs}}, {{inputs}}]}""";

    private static Checkpoint Write(string folder, string settings, Parts parts, int layers)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), settings.Length == 0 ? """{"model_type": "qwen2"}""" : $$"""{"model_type": "qwen2", "quantization_config": {{settings}}}""");
        var all = (from layer in Enumerable.Range(0, layers)
                   from matrix in s_matrices
                   from part in parts(matrix.Outputs, matrix.Inputs)
                   let size = part.Shape.Aggregate(Bytes(part.DType), static (product, dimension) => product * dimension)
                   select (Name: $"model.layers.{layer}.{matrix.Name}.{part.Suffix}", matrix, part, size)).ToList();
        var (header, position) = (new List<string>(), 0L);
        foreach (var (name, _, part, size) in all)
        {
            header.Add($$"""
                "{{name}}": {"dtype": "{{part.DType}}", "shape": [{{string.Join(", ", part.Shape)}}], "data_offsets": [{{position}}, {{position + size}}]}
                """);
            position += size;
        }

        var json = Encoding.UTF8.GetBytes("{" + string.Join(", ", header) + "}");
        using (var file = File.Create(Path.Combine(folder, "model.safetensors")))
        {
            file.Write(BitConverter.GetBytes((long)json.Length));
            file.Write(json);
            foreach (var (name, matrix, part, size) in all)
                file.Write(Contents(name, (matrix.Outputs, matrix.Inputs), part.DType, size));
        }

        return Checkpoint.Open(folder);
    }

    /// <summary>Noise, in which no number is tiny or infinite and no zero point is the one that is ambiguous.</summary>
    private static byte[] Contents(string name, (int Outputs, int Inputs) matrix, string type, long size)
    {
        if (name.EndsWith(State, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(StateOf(matrix.Outputs, matrix.Inputs));
        if (name.EndsWith("weight_shape", StringComparison.Ordinal))
            return [.. BitConverter.GetBytes((long)matrix.Outputs), .. BitConverter.GetBytes((long)matrix.Inputs)];
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = type switch
            {
                "I32" when name.EndsWith("qzeros", StringComparison.Ordinal) => (byte)(bytes[i] & 0x77),
                "BF16" or "F16" or "F32" when i % Bytes(type) == Bytes(type) - 1 => 0x3C,
                "F8_E4M3" => (byte)(bytes[i] & 0x3F),
                _ => bytes[i],
            };
        }

        return bytes;
    }

    private static long Bytes(string type) => type switch { "U8" or "F8_E4M3" => 1, "BF16" or "F16" => 2, "I64" => 8, _ => 4 };
}
