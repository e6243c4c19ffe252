using LayerGrad.ChatTemplates;
using LayerGrad.Tokenizers;

namespace LayerGrad.Studies.Plan;

/// <summary>A model of a study.</summary>
/// <param name="Name">What the study calls it: the name of its folder and in tables.</param>
/// <param name="Path">A folder, a GGUF file, or a name on the hub, as <c>measure --model</c> takes it.</param>
/// <param name="Chat">Whether its chat template is used.</param>
/// <param name="TokenizerRules">The version of transformers whose changes to its tokenizer are made; null for that of the section <c>measure</c>.</param>
internal sealed record StudyModel(string Name, string Path, bool Chat, TokenizerRules? TokenizerRules = null)
{
    /// <summary>The adapter that is merged into it, as <c>measure --adapter</c> takes it; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>What the chat template is given beside the conversation.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>Whether the model itself is a file or folder on this machine.</summary>
    public bool HasFiles => File.Exists(Path) || Directory.Exists(Path);

    /// <summary>Whether the model, and its adapter, are files or folders on this machine.</summary>
    public bool IsLocal => HasFiles && (Adapter is null || Directory.Exists(Adapter));
}
