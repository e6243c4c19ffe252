using LayerGrad.Examples;
using LayerGrad.Json;

namespace LayerGrad.ChatTemplates;

/// <summary>A conversation with everything that its template is given.</summary>
/// <param name="Messages">The turns.</param>
internal sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>The tools that the model may call, an array of objects; <c>None</c> in the template where null.</summary>
    public JsonValue? Tools { get; init; }

    /// <summary>The documents that the model may cite, an array of objects; <c>None</c> in the template where null.</summary>
    public JsonValue? Documents { get; init; }

    /// <summary>Whether the template is told of tools and documents, <c>None</c> where there are none, as transformers does; otherwise both are undefined.</summary>
    public bool SaysTools { get; init; } = true;

    /// <summary>Further variables of the template; they come before its special tokens.</summary>
    public IReadOnlyDictionary<string, JsonValue> Variables { get; init; } = new Dictionary<string, JsonValue>();

    /// <summary>Whether to end with what makes the model answer.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the last turn stays open, so that the model goes on with it: transformers' <c>continue_final_message</c>.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>The text of the beginning-of-sequence token; undefined in the template where null.</summary>
    public string? BosToken { get; init; }

    /// <summary>The text of the end-of-sequence token; undefined in the template where null.</summary>
    public string? EosToken { get; init; }

    /// <summary>What <c>strftime_now</c> takes for today.</summary>
    public DateOnly Date { get; init; }
}
