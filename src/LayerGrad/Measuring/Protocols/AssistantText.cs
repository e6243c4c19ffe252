using System.Globalization;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;

namespace LayerGrad.Measuring.Protocols;

/// <summary>Writes conversations with the places of all turns of the assistant, for <c>--turns all</c>.</summary>
internal static class AssistantText
{
    /// <summary>Without a chat template: the turns joined by line feeds, of which those of the assistant count.</summary>
    /// <param name="example">The example.</param>
    /// <param name="prompt">Its prompt.</param>
    public static WrittenConversation Plain(Example example, string prompt)
    {
        var spans = new List<Range>();
        var at = 0;
        foreach (var (text, isAssistant) in example.PlainTurns)
        {
            if (isAssistant && text.Length > 0)
                spans.Add(at..(at + text.Length));
            at += text.Length + 1;
        }

        return WrittenConversation.Of(prompt, example.Output) with { Spans = spans };
    }

    /// <summary>With a chat template that says in <c>generation</c> blocks what the assistant says: the whole conversation, closed, as transformers writes it for <c>return_assistant_tokens_mask</c>.</summary>
    /// <param name="template">The template.</param>
    /// <param name="conversation">The conversation without its response.</param>
    /// <param name="response">The response.</param>
    /// <exception cref="ChatTemplateException">The template does not take the conversation.</exception>
    public static WrittenConversation Marked(ChatTemplate template, Conversation conversation, ChatMessage response)
    {
        var rendered = template.Render(conversation with { Messages = [.. conversation.Messages, response], AddGenerationPrompt = false });
        return new WrittenConversation(rendered.Text, null, rendered.AssistantSpans);
    }

    /// <summary>
    /// With a chat template that has no such blocks: the prompt and the response, as for the last turn alone, with those places of the prompt in which earlier answers stand just where the model would have
    /// begun to give them.
    /// </summary>
    /// <param name="template">The template.</param>
    /// <param name="conversation">The conversation without its response.</param>
    /// <param name="prompt">What the template makes of it.</param>
    /// <param name="response">The response.</param>
    /// <param name="record">The record's position in the dataset.</param>
    /// <exception cref="InputException">The template writes an answer otherwise when other turns follow it.</exception>
    public static WrittenConversation Found(ChatTemplate template, Conversation conversation, string prompt, string response, int record)
    {
        var spans = new List<Range>();
        for (var turn = 0; turn < conversation.Messages.Count; turn++)
        {
            var message = conversation.Messages[turn];
            if (message.Role != "assistant" || message.Content.Length == 0)
                continue;
            var before = template.Render(conversation with { Messages = [.. conversation.Messages.Take(turn)], AddGenerationPrompt = true }).Text;
            var said = new[] { message.Content, message.Content.Trim() }
                .FirstOrDefault(text => prompt.StartsWith(before, StringComparison.Ordinal) && prompt.AsSpan(before.Length).StartsWith(text, StringComparison.Ordinal));
            if (said is null || message.Record is not null)
                throw NotFound(record, turn);
            spans.Add(before.Length..(before.Length + said.Length));
        }

        return WrittenConversation.Of(prompt, response) with { Spans = spans };
    }

    private static InputException NotFound(int record, int turn) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"record {record} (0-based): the chat template has no generation block, and does not write turn {turn} of the conversation as the model would have given it, so that --turns all cannot tell its tokens; leave --turns all out"));
}
