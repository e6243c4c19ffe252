using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Fuzz.Mutations;
using LayerGrad.Fuzz.Workers;
using LayerGrad.Json;
using LayerGrad.Tests.Checkpoints;

namespace LayerGrad.Fuzz.Targets;

/// <summary>What describes and holds weights.</summary>
internal static class CheckpointTargets
{
    private const int MostElements = 4_096;

    private static readonly JsonMutation s_config = new([.. DecoderFamilies.Names, "silu", "gelu_pytorch_tanh", "yarn", "llama3", "linear", "full_attention", "sliding_attention", "fp8", "bitsandbytes", "num_hidden_layers", "head_dim"]);
    private static readonly JsonMutation s_header = new("F64", "F32", "F16", "BF16", "F8_E4M3", "I64", "U8", "BOOL", "I4", "__metadata__", "shape", "dtype", "data_offsets");
    private static readonly JsonMutation s_index = new("a.safetensors", "b.safetensors", "./a.safetensors", "weight_map", "a", "b", "c");

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FileTarget("safetensors", "model.safetensors", static () => [Safetensors("a", "b"), Safetensors("c")], MutateSafetensors, ReadFolder, WriteConfig),
        new FileTarget("index", "model.safetensors.index.json", static () => ["{\"metadata\":{\"total_size\":96},\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"a.safetensors\",\"c\":\"b.safetensors\"}}"u8.ToArray()], s_index.Mutate, ReadFolder, static folder =>
        {
            WriteConfig(folder);
            File.WriteAllBytes(Path.Combine(folder, "a.safetensors"), Safetensors("a", "b"));
            File.WriteAllBytes(Path.Combine(folder, "b.safetensors"), Safetensors("c"));
        }),
        new FileTarget("pickle", "pytorch_model.bin", PickleSeeds, MutatePickle, ReadPickle),
        new FileTarget("gguf", "model.gguf", static () => [.. GgufSeeds.All], BinaryMutation.Mutate, ReadGguf),
        new FileTarget("gguf-metadata", "model.gguf", static () => [.. GgufSeeds.All], static (seed, random) => GgufSeeds.Mutated(random), ReadGguf),
        new FileTarget("config", "config.json", static () => [File.ReadAllBytes(Demo("config.json"))], s_config.Mutate,
            static path => ReadAll(Path.GetDirectoryName(path)!), static folder => Link(folder, "model.safetensors", "tokenizer.json", "tokenizer_config.json")),
        new FileTarget("config-families", "config.json", ConfigSeeds, s_config.Mutate, static path =>
        {
            DecoderFamilies.Describe(ForeignJson.ReadObject(path).Element, path);
            return Verdict.Read;
        }),
    ];

    /// <summary>A file of the demonstration's model.</summary>
    internal static string Demo(string file) => Path.Combine(Repository.Root, "demo", "model", file);

    /// <summary>Puts files of the demonstration's model into a folder.</summary>
    internal static void Link(string folder, params string[] files)
    {
        foreach (var file in files)
            File.CreateSymbolicLink(Path.Combine(folder, file), Demo(file));
    }

    private static void WriteConfig(string folder) => File.WriteAllText(Path.Combine(folder, "config.json"), "{\"model_type\":\"llama\"}");

    private static Verdict ReadFolder(string path) => ReadAll(Path.GetDirectoryName(path)!);

    private static Verdict ReadGguf(string path)
    {
        using (var checkpoint = Checkpoint.Open(path))
            LanguageTargets.Use(Tokenizers.Tokenizer.FromGguf(checkpoint.GgufMetadata!, path));
        return ReadAll(path);
    }

    private static Verdict ReadAll(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        if (checkpoint.Config.TryGetProperty("hidden_size", out _))
            CheckpointBinding.Of(checkpoint);
        var (floats, doubles) = (new float[MostElements], new double[MostElements]);
        foreach (var (name, tensor) in checkpoint.Tensors)
        {
            var count = tensor.Shape.Aggregate(1L, static (product, length) => product * length);
            var first = (int)Math.Min(count, MostElements);
            checkpoint.Read(name, 0, floats.AsSpan(0, first));
            checkpoint.Read(name, count - first, doubles.AsSpan(0, first));
        }

        return Verdict.Read;
    }

    private static byte[] Safetensors(params string[] names)
    {
        var header = "{\"__metadata__\":{\"format\":\"pt\"}," + string.Join(',', names.Select(static (name, i) => $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[2,4],\"data_offsets\":[{i * 32},{(i + 1) * 32}]}}")) + "}";
        return WithHeader(Encoding.UTF8.GetBytes(header), new byte[names.Length * 32]);
    }

    /// <summary>A safetensors file of a header and its data.</summary>
    internal static byte[] WithHeader(byte[] header, ReadOnlySpan<byte> data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    /// <summary>Changes a safetensors file, or the header in it, so that the file stays sound.</summary>
    internal static byte[] MutateSafetensors(byte[] file, Random random)
    {
        if (random.Next(4) == 0)
            return BinaryMutation.Mutate(file, random);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        return WithHeader(s_header.Mutate(file[8..(8 + length)], random), file.AsSpan(8 + length));
    }

    private static byte[][] PickleSeeds()
    {
        var own = Path.GetTempFileName();
        TorchFileBuilder.Write(own, [("a", [2, 4], new float[8]), ("b", [4], new float[4])]);
        byte[] archive = File.ReadAllBytes(own);
        File.Delete(own);
        return [archive, .. new[] { "zip", "legacy" }.Select(static name => File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "LayerGrad.Tests", "Checkpoints", "torch", name + ".bin")))];
    }

    /// <summary>Reads all tensors of a type that weights may have.</summary>
    private static Verdict ReadPickle(string path)
    {
        using var file = WeightFile.OpenTorch(path);
        foreach (var tensor in file.Tensors)
        {
            if (file.Locate(tensor) is { } stored)
                stored.Read(0, new float[Math.Min(MostElements, tensor.Shape.Aggregate(1L, static (product, length) => product * length))]);
        }

        return Verdict.Read;
    }

    /// <summary>Changes the archive, or the pickle in it, so that the archive stays sound.</summary>
    private static byte[] MutatePickle(byte[] file, Random random)
    {
        if (random.Next(3) == 0 || !file.AsSpan().StartsWith("PK"u8))
            return BinaryMutation.Mutate(file, random);
        using var changed = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(file)))
        using (var to = new ZipArchive(changed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var read = new MemoryStream();
                using (var stream = entry.Open())
                    stream.CopyTo(read);
                var copy = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression);
                copy.LastWriteTime = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero); // equal random numbers give equal bytes
                using var write = copy.Open();
                write.Write(entry.Name == "data.pkl" ? BinaryMutation.Mutate(read.ToArray(), random) : read.ToArray());
            }
        }

        return changed.ToArray();
    }

    /// <summary>One configuration with the fields of many families, under each name that takes it.</summary>
    private static List<byte[]> ConfigSeeds()
    {
        const string Fields = """
            "hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"vocab_size":100,"rms_norm_eps":1e-6,
            "layer_norm_eps":1e-5,"norm_eps":1e-5,"layer_norm_epsilon":1e-5,"norm_epsilon":1e-5,"rope_theta":10000.0,"max_position_embeddings":128,"hidden_act":"silu","tie_word_embeddings":true,"attention_bias":false,
            "num_experts":4,"num_local_experts":4,"n_routed_experts":4,"num_experts_per_tok":2,"moe_intermediate_size":32,"norm_topk_prob":true,"n_shared_experts":1,"n_group":1,"topk_group":1,
            "routed_scaling_factor":1.0,"first_k_dense_replace":1,"q_lora_rank":16,"kv_lora_rank":16,"qk_nope_head_dim":16,"qk_rope_head_dim":8,"v_head_dim":16,"shared_expert_intermediate_size":32,
            "sliding_window":32,"layer_types":["full_attention","sliding_attention"],"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0,"query_pre_attn_scalar":16,"partial_rotary_factor":0.5,
            "n_embd":64,"n_layer":2,"n_head":4,"n_positions":128,"embedding_multiplier":1.0,"attention_multiplier":0.25,"residual_multiplier":1.0,"logits_scaling":1.0,"logit_scale":0.0625,
            "rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32}
            """;
        var seeds = new List<byte[]>();
        foreach (var name in DecoderFamilies.Names)
        {
            foreach (var fields in (string[])[Fields, Fields.Replace("\"rope_scaling\"", "\"unused\"", StringComparison.Ordinal), Fields.Replace("\"silu\"", "\"gelu_pytorch_tanh\"", StringComparison.Ordinal)])
            {
                var json = Encoding.UTF8.GetBytes($"{{\"model_type\":\"{name}\",{fields}}}");
                try
                {
                    DecoderFamilies.Describe(ForeignJson.Parse(json, name).Element, name);
                    seeds.Add(json);
                    break;
                }
                catch (InputException)
                {
                    // Not a configuration of this family.
                }
            }
        }

        return seeds;
    }
}
