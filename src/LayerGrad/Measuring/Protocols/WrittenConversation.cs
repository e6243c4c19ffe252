namespace LayerGrad.Measuring.Protocols;

/// <summary>The text of an example, and where in it the assistant speaks.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="PromptLength">Where the last response begins, which goes to the end of the text; null where <paramref name="Spans"/> hold all that the assistant says.</param>
/// <param name="Spans">Where (else) the assistant speaks, in UTF-16 units, ascending.</param>
internal sealed record WrittenConversation(string Text, int? PromptLength, IReadOnlyList<Range> Spans)
{
    /// <summary>A prompt with its response; what the assistant says in the prompt does not count.</summary>
    public static WrittenConversation Of(string prompt, string response) => new(prompt + response, prompt.Length, []);
}
