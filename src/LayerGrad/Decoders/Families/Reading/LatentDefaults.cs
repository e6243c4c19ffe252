namespace LayerGrad.Decoders.Families.Reading;

/// <summary>The sizes of latent attention that a family's class has where a configuration leaves a field out.</summary>
/// <param name="QueryRank"><c>q_lora_rank</c>.</param>
/// <param name="KeyValueRank"><c>kv_lora_rank</c>.</param>
/// <param name="Plain"><c>qk_nope_head_dim</c>.</param>
/// <param name="Rotary"><c>qk_rope_head_dim</c>.</param>
/// <param name="Value"><c>v_head_dim</c>.</param>
internal sealed record LatentDefaults(int QueryRank, int KeyValueRank, int Plain, int Rotary, int Value);
