namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// The name of a tensor without what wrappers put in front of it: torch.compile, DataParallel and FSDP, PEFT, the text part of a model that
/// also sees; and with the <c>model.</c> that is missing where the decoder was saved without its head.
/// </summary>
internal static class TensorNames
{
    private static readonly string[] s_wrappers = ["_orig_mod.", "module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "base_model.model."];

    /// <summary>Wrappers that may also stand around a part of the model.</summary>
    private static readonly string[] s_inner = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];

    /// <summary>What a decoder consists of at its top, by the names of all families.</summary>
    private static readonly string[] s_parts = ["layers.", "embed_tokens.", "embed_tokens_per_layer.", "per_layer_model_projection.", "per_layer_projection_norm.", "embed_in.", "norm.", "embedding_norm.", "final_layernorm.", "final_layer_norm.", "h.", "wte.", "wpe.", "ln_f."];

    /// <summary>What precedes the decoder's parts in a family: <c>model.</c> in nearly all.</summary>
    /// <param name="modelType">The family's <c>model_type</c>.</param>
    public static string Decoder(string? modelType) => modelType switch
    {
        "gpt_neox" => "gpt_neox.",
        "gpt2" => "transformer.",
        _ => "model.",
    };

    /// <summary>The name that the model's own class gives to a tensor.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="decoder">What precedes the decoder's parts in the family (<see cref="Decoder"/>).</param>
    public static string Canonical(string name, string decoder)
    {
        foreach (var wrapper in s_inner)
            name = name.Replace("." + wrapper, ".", StringComparison.Ordinal);
        name = WithoutWrappers(name);
        if (name.StartsWith("language_model.", StringComparison.Ordinal))
            name = WithoutWrappers(name["language_model.".Length..]);
        else if (name.StartsWith("model.language_model.", StringComparison.Ordinal))
            name = "model." + name["model.language_model.".Length..];
        return Array.Exists(s_parts, part => name.StartsWith(part, StringComparison.Ordinal)) ? decoder + name : name;
    }

    private static string WithoutWrappers(string name)
    {
        while (Array.Find(s_wrappers, wrapper => name.StartsWith(wrapper, StringComparison.Ordinal)) is { } found)
            name = name[found.Length..];
        return name;
    }
}
