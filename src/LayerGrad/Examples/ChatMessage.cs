using LayerGrad.Json;

namespace LayerGrad;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or another role that the chat template knows.</param>
/// <param name="Content">What is said, as it stands in the dataset: its text parts joined where it comes in parts; empty where the turn has no content.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>
    /// The turn as it stands in the file where it holds more than a role and a text (tool calls, reasoning, a name, parts): what the chat
    /// template is given. Null where role and content are all.
    /// </summary>
    internal JsonValue? Record { get; init; }
}
