using LayerGrad.ChatTemplates;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Protocols;

/// <summary>What decides how an example becomes tokens.</summary>
public sealed record ProtocolOptions
{
    /// <summary>Whether the prompt is written by the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>The most tokens an example keeps.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>What the chat template is given beside the conversation.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>Whose rules count.</summary>
    public Protocol Protocol { get; init; } = Protocol.Paper;

    /// <summary>What the chat template takes for today.</summary>
    public DateOnly Date { get; init; } = DateOnly.FromDateTime(DateTime.Today);

    /// <summary>Whether the model is a Gemma, whose templates take no system turn: see <see cref="IsGemmaModel"/>.</summary>
    public bool IsGemma { get; init; }

    /// <summary>The version of transformers whose changes to a folder's tokenizer are made; a tokenizer in a GGUF file knows none.</summary>
    public TokenizerRules TokenizerRules { get; init; }

    /// <summary>What errors call the chat template: the file it stands in.</summary>
    public string TemplateName { get; init; } = "chat template";

    /// <summary>
    /// Whether a model counts as a Gemma. The original script asks whether the path that it was given has
    /// <c>gemma</c> in it; here a model of the family is one wherever it lies.
    /// </summary>
    /// <param name="modelType">The <c>model_type</c> of the configuration.</param>
    /// <param name="path">The path of the model as the user wrote it.</param>
    public static bool IsGemmaModel(string modelType, string path) =>
        modelType.StartsWith("gemma", StringComparison.Ordinal) || path.Contains("gemma", StringComparison.OrdinalIgnoreCase);
}
