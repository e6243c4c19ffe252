using System.Security.Cryptography;
using LayerGrad.Checkpoints;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring;

/// <summary>The tokenizer of a model, or another one that the user named.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Location">The folder or the GGUF file it comes from.</param>
/// <param name="Hash">SHA-256 over its files; null where it is part of the model's own file, whose identity covers it.</param>
public sealed record ModelTokenizer(Tokenizer Tokenizer, string Location, string? Hash)
{
    private static readonly string[] s_files = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];

    /// <summary>Loads the tokenizer.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="folder">Another folder to take it from; null for the model's own.</param>
    /// <exception cref="InputException">There is none, or one that is not supported.</exception>
    public static ModelTokenizer Load(Checkpoint checkpoint, string? folder = null)
    {
        if (folder is null && checkpoint.GgufMetadata is { } metadata)
            return new ModelTokenizer(Tokenizer.FromGguf(metadata, checkpoint.Location), checkpoint.Location, null);
        folder ??= checkpoint.Location;
        if (!Directory.Exists(folder))
            throw new InputException($"--tokenizer {folder}: no such folder; name one with tokenizer.json in it.");
        return new ModelTokenizer(Tokenizer.Load(folder), folder, HashOf(folder));
    }

    /// <summary>Where the chat template stands, for errors.</summary>
    public string TemplateName
    {
        get
        {
            if (Hash is null)
                return Location;
            var jinja = Path.Combine(Location, s_files[2]);
            return File.Exists(jinja) ? jinja : Path.Combine(Location, s_files[1]);
        }
    }

    private static string HashOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in s_files.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
