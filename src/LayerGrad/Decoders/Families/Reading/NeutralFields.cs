namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// The one list of fields that are known to change no gradient, whatever they say; every other field that a family does not read is named
/// in a note.
/// </summary>
internal static class NeutralFields
{
    private const string TextConfig = "text_config.";
    private const string Name = "a name, or where files come from";
    private const string Storage = "how a program stores or runs the model, not what it computes";
    private const string Generation = "generation, not the loss of given text";
    private const string Training = "initialisation and training from scratch";
    private const string Dropout = "dropout and regularisation, which are off when gradients are measured";
    private const string Outputs = "what a program returns beside the loss";
    private const string Tokens = "ids of tokens, which come from the tokenizer";
    private const string OtherHeads = "a head that classifies, which a language model does not have";
    private const string Parallel = "how pretraining was spread over machines; the products are the same";

    private static readonly Dictionary<string, string> s_reasons = new[]
    {
        (Name, new[] { "_name_or_path", "name_or_path", "architectures", "auto_map", "model_type", "transformers_version", "finetuning_task", "task_specific_params", "_commit_hash", "unsloth_version", "unsloth_fixed" }),
        (Storage, ["torch_dtype", "dtype", "use_cache", "cache_implementation", "_attn_implementation", "_attn_implementation_autoset", "attn_implementation", "torchscript", "tf_legacy_loss", "use_bfloat16", "chunk_size_feed_forward", "_experts_implementation"]),
        (Generation, ["do_sample", "temperature", "top_k", "top_p", "typical_p", "num_beams", "num_beam_groups", "num_return_sequences", "max_length", "min_length", "length_penalty", "repetition_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "diversity_penalty", "early_stopping", "bad_words_ids", "begin_suppress_tokens", "suppress_tokens", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values", "generation_config"]),
        (Training, ["initializer_range", "initializer_factor", "mup_init"]),
        (Dropout, ["attention_dropout", "attn_pdrop", "embd_pdrop", "hidden_dropout", "resid_pdrop", "resid_dropout", "residual_dropout", "embedding_dropout", "classifier_dropout", "router_aux_loss_coef", "router_jitter_noise"]),
        (Outputs, ["output_attentions", "output_hidden_states", "output_router_logits", "output_scores", "return_dict", "return_dict_in_generate", "id2label", "label2id", "num_labels", "problem_type"]),
        (Tokens, ["bos_token_id", "eos_token_id", "eod_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "decoder_start_token_id", "prefix", "tokenizer_class"]),
        (Parallel, ["pretraining_tp"]),
        (OtherHeads, ["summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout"]),
        ("the same product in another order and precision", ["reorder_and_upcast_attn"]),
        ("an older name of the number of positions, which n_positions says", ["n_ctx"]),
        ("a decoder alone is causal with or without it", ["is_decoder"]),
        ("layer_types says which layers slide", ["_sliding_window_pattern"]),
    }.SelectMany(group => group.Item2.Select(field => (field, group.Item1))).ToDictionary(pair => pair.field, pair => pair.Item1);

    /// <summary>Why a field changes nothing, or null where that is not known.</summary>
    /// <param name="field">Its path; those of a language model within a wrapper stand below <c>text_config</c>.</param>
    public static string? Reason(string field) =>
        s_reasons.GetValueOrDefault(field.StartsWith(TextConfig, StringComparison.Ordinal) ? field[TextConfig.Length..] : field);
}
