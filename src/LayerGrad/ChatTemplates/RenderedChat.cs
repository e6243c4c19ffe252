namespace LayerGrad.ChatTemplates;

/// <summary>What a template wrote.</summary>
/// <param name="Text">The text.</param>
/// <param name="AssistantSpans">
/// Where the text of each <c>generation</c> block stands, in UTF-16 units of the text, in the order in which they ended; as transformers counts
/// them, so that a block inside a macro, a <c>set</c> or a <c>filter</c> block has a start that is not its true place.
/// </param>
internal sealed record RenderedChat(string Text, IReadOnlyList<Range> AssistantSpans);
