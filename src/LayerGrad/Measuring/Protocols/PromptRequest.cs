using LayerGrad.ChatTemplates;
using LayerGrad.Examples;

namespace LayerGrad.Measuring.Protocols;

/// <summary>A conversation that a model's chat template is to write.</summary>
/// <param name="Messages">The turns.</param>
/// <param name="Date">What the template takes for today.</param>
internal sealed record PromptRequest(IReadOnlyList<ChatMessage> Messages, DateOnly Date)
{
    /// <summary>What the template is given beside the turns.</summary>
    public TemplateArguments Template { get; init; } = TemplateArguments.None;

    /// <summary>Whether to end with what makes the model answer.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Whether the last turn stays open, so that the model goes on with it.</summary>
    public bool ContinueFinalMessage { get; init; }
}
