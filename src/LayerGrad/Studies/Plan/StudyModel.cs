using LayerGrad.ChatTemplates;
using LayerGrad.Tokenizers;

namespace LayerGrad.Studies.Plan;

/// <summary>A model of a study.</summary>
/// <param name="Name">What the study calls it: the name of its folder and in tables.</param>
/// <param name="Path">A folder, a GGUF file, or a name on the hub, as <c>measure --model</c> takes it.</param>
/// <param name="Chat">Whether its chat template is used.</param>
/// <param name="TokenizerRules">The version of transformers whose changes to its tokenizer are made; null for that of the section <c>measure</c>.</param>
public sealed record StudyModel(string Name, string Path, bool Chat, TokenizerRules? TokenizerRules = null)
{
    /// <summary>What the chat template is given beside the conversation.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>Whether the model is a file or folder on this machine.</summary>
    public bool IsLocal => File.Exists(Path) || Directory.Exists(Path);
}
