using LayerGrad.Checkpoints;

namespace LayerGrad.Measuring.Protocols;

/// <summary>The files that a run's tokenizer comes from.</summary>
internal static class TokenizerFiles
{
    private static readonly string[] s_names = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json", "added_tokens.json"];

    /// <summary>SHA-256 over the files; null where the tokenizer is in the model's own file, whose identity covers it.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="folder">Another folder to take the tokenizer from; null for the model's own.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static string? Hash(Checkpoint checkpoint, string? folder)
    {
        if (folder is not null && !Directory.Exists(folder))
            throw new InputException($"--tokenizer {folder}: no such folder; name one with tokenizer.json in it.");
        if (folder is null && checkpoint.GgufMetadata is not null)
            return null;
        using var hash = new Sha256();
        foreach (var file in s_names.Select(name => Path.Combine(folder ?? checkpoint.Location, name)).Where(File.Exists))
            hash.Append(Sha256.Of(File.ReadAllBytes(InputFile.Require(file))));
        return "sha256:" + Convert.ToHexStringLower(hash.Finish());
    }
}
