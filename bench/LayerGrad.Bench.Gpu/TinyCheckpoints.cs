using System.Text.Json.Nodes;
using LayerGrad.Bench.Headline;

namespace LayerGrad.Bench.Gpu;

/// <summary>Checkpoints of a few layers with made-up weights, one for each way of computing that families differ in.</summary>
internal static class TinyCheckpoints
{
    private const int Layers = 3;

    private static readonly (string Name, string Config)[] s_all =
    [
        ("llama", """{"model_type": "llama", "num_key_value_heads": 2, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": false}"""),
        ("qwen2", """{"model_type": "qwen2", "num_key_value_heads": 2, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": true}"""),
        ("qwen3", """{"model_type": "qwen3", "num_key_value_heads": 4, "head_dim": 16, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": true}"""),
        ("gemma2", """{"model_type": "gemma2", "num_key_value_heads": 1, "head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "sliding_window": 24, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "tie_word_embeddings": true}"""),
        ("phi3", """{"model_type": "phi3", "num_key_value_heads": 2, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": false, "pad_token_id": 0}"""),
        ("gpt_neox", """{"model_type": "gpt_neox", "hidden_act": "gelu", "layer_norm_eps": 1e-5, "rotary_pct": 0.5, "rotary_emb_base": 10000, "use_parallel_residual": true, "tie_word_embeddings": false}"""),
    ];

    /// <summary>Writes them, a folder each.</summary>
    /// <param name="folder">Where.</param>
    public static void Write(string folder)
    {
        foreach (var (name, text) in s_all)
        {
            var config = JsonNode.Parse(text)!.AsObject();
            foreach (var (key, value) in ((string, int)[])
                [("hidden_size", 64), ("num_hidden_layers", Layers), ("num_attention_heads", 4), ("intermediate_size", 96), ("vocab_size", 512), ("max_position_embeddings", 1024)])
                config[key] = value;
            SyntheticCheckpoint.Write(new ModelShape(name, config, Layers), Path.Combine(folder, name));
        }
    }
}
