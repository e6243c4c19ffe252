using LayerGrad.Fuzz.Mutations;
using LayerGrad.Tests.Checkpoints;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Small GGUF files, sound and with changed metadata, shapes and types.</summary>
internal static class GgufSeeds
{
    private const int Width = 32;

    /// <summary>One with each kind of tokenizer.</summary>
    public static IEnumerable<byte[]> All => [Make(Gpt2(), Tensors()), Make(SentencePiece(), Tensors())];

    /// <summary>A file whose description is changed before it is written, so that its lengths and offsets fit.</summary>
    public static byte[] Mutated(Random random)
    {
        var (metadata, tensors) = (random.Next(2) == 0 ? Gpt2() : SentencePiece(), Tensors());
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(metadata.Count);
            switch (random.Next(6))
            {
                case 0:
                    metadata.RemoveAt(at);
                    break;
                case 1:
                    metadata[at] = (metadata[at].Key, Other(random));
                    break;
                case 2:
                    metadata.Add((metadata[at].Key, random.Next(2) == 0 ? Other(random) : metadata[at].Value));
                    break;
                case 3:
                    metadata[at] = (metadata[at].Key, metadata[random.Next(metadata.Count)].Value);
                    break;
                default:
                    Change(tensors, random);
                    break;
            }
        }

        return Make(metadata, tensors);
    }

    private static void Change(List<(string Name, long[] Shape, uint Type, byte[] Data)> tensors, Random random)
    {
        var at = random.Next(tensors.Count);
        var tensor = tensors[at];
        switch (random.Next(5))
        {
            case 0:
                tensors.RemoveAt(at);
                break;
            case 1:
                tensors.Add(tensor);
                break;
            case 2:
                tensors[at] = tensor with { Type = (uint)random.Next(45) };
                break;
            case 3:
                tensors[at] = tensor with { Name = random.Of(Extremes.Texts) };
                break;
            default:
                var shape = tensor.Shape.ToArray();
                shape[random.Next(shape.Length)] = (long)random.Of(Extremes.Integers);
                tensors[at] = tensor with { Shape = random.Next(3) == 0 ? [.. shape, .. shape, .. shape] : shape };
                break;
        }
    }

    private static object Other(Random random) => random.Next(7) switch
    {
        0 => unchecked((int)random.Of(Extremes.Integers)),
        1 => random.Of<float>([0, -1, 1e-30f, 1e30f, float.NaN, float.PositiveInfinity]),
        2 => random.Next(2) == 0,
        3 => random.Of(Extremes.Texts),
        4 => new[] { 1, -1, int.MaxValue },
        5 => random.Of<string[]>([[], ["a"], ["a", "a"], ["<0x00>", "\ufffd", ""], ["a b", "ab c", " "]]),
        _ => new[] { float.NaN, 0, 1 },
    };

    private static byte[] Make(List<(string Key, object Value)> metadata, List<(string Name, long[] Shape, uint Type, byte[] Data)> tensors)
    {
        var builder = new GgufBuilder();
        metadata.ForEach(entry => builder.With(entry.Key, entry.Value));
        tensors.ForEach(tensor => builder.Tensor(tensor.Name, tensor.Shape, tensor.Type, tensor.Data));
        return builder.ToArray();
    }

    private static List<(string Name, long[] Shape, uint Type, byte[] Data)> Tensors()
    {
        var tensors = new List<(string, long[], uint, byte[])>();
        void Add(string name, params long[] shape) => tensors.Add((name, shape, GgufBuilder.F32, new byte[shape.Aggregate(4L, static (product, length) => product * length)]));
        Add("token_embd.weight", 6, Width);
        Add("output_norm.weight", Width);
        Add("blk.0.attn_norm.weight", Width);
        Add("blk.0.ffn_norm.weight", Width);
        foreach (var name in (string[])["attn_q", "attn_output"])
            Add($"blk.0.{name}.weight", Width, Width);
        Add("blk.0.attn_k.weight", Width, Width);
        tensors.Add(("blk.0.attn_v.weight", [Width, Width], GgufBuilder.Q8_0, new byte[Width * 34]));
        Add("blk.0.ffn_gate.weight", 64, Width);
        Add("blk.0.ffn_up.weight", 64, Width);
        Add("blk.0.ffn_down.weight", Width, 64);
        return tensors;
    }

    private static List<(string Key, object Value)> Model() =>
    [
        ("general.architecture", "llama"), ("general.alignment", 32), ("llama.block_count", 1), ("llama.context_length", 64), ("llama.embedding_length", Width),
        ("llama.feed_forward_length", 64), ("llama.attention.head_count", 2), ("llama.attention.head_count_kv", 2), ("llama.attention.layer_norm_rms_epsilon", 1e-6f), ("llama.rope.freq_base", 10000f),
        ("tokenizer.chat_template", "{{ messages[0].content }}"),
    ];

    private static List<(string Key, object Value)> Gpt2() =>
    [
        .. Model(), ("tokenizer.ggml.model", "gpt2"), ("tokenizer.ggml.pre", "gpt-2"), ("tokenizer.ggml.tokens", new[] { "a", "b", "ab", "Ġ", "Ġa", "<bos>" }),
        ("tokenizer.ggml.token_type", new[] { 1, 1, 1, 1, 1, 3 }), ("tokenizer.ggml.merges", new[] { "a b", "Ġ a" }), ("tokenizer.ggml.bos_token_id", 5), ("tokenizer.ggml.add_bos_token", true),
    ];

    private static List<(string Key, object Value)> SentencePiece() =>
    [
        .. Model(), ("tokenizer.ggml.model", "llama"), ("tokenizer.ggml.tokens", new[] { "<unk>", "<s>", "</s>", "▁", "a", "▁a" }),
        ("tokenizer.ggml.scores", new[] { 0f, 0, 0, -1, -2, -0.5f }), ("tokenizer.ggml.token_type", new[] { 2, 3, 3, 1, 1, 1 }), ("tokenizer.ggml.unknown_token_id", 0),
        ("tokenizer.ggml.bos_token_id", 1), ("tokenizer.ggml.eos_token_id", 2), ("tokenizer.ggml.add_space_prefix", true),
    ];
}
