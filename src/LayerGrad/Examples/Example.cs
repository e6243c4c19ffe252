using LayerGrad.Examples;
using LayerGrad.Json;

namespace LayerGrad;

/// <summary>One training example: what the model is given, and the response whose loss is measured.</summary>
/// <param name="Index">Position in the dataset, from 0; negative where it is to be given one when it is measured.</param>
/// <param name="Instruction">The instruction; for a conversation, the contents of its turns before the response, joined by line feeds.</param>
/// <param name="Input">What the instruction is about; empty where the dataset has none.</param>
/// <param name="Output">The response.</param>
/// <param name="Messages">The turns before the response where the dataset gives a conversation; otherwise null.</param>
public sealed record Example(int Index, string Instruction, string Input, string Output, IReadOnlyList<ChatMessage>? Messages = null)
{
    /// <summary>An example that a program makes; it is given its index when it is measured.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="input">What the instruction is about; empty where there is nothing.</param>
    /// <param name="output">The response whose loss is measured.</param>
    public Example(string instruction, string input, string output)
        : this(-1, instruction, input, output)
    {
    }

    /// <summary>A conversation that a program makes; it is given its index when it is measured. Measure it with <see cref="MeasureOptions.Chat"/>.</summary>
    /// <param name="messages">The turns before the response.</param>
    /// <param name="output">The response whose loss is measured.</param>
    public Example(IReadOnlyList<ChatMessage> messages, string output)
        : this(-1, string.Join('\n', messages.Select(static message => message.Content)), "", output, messages)
    {
    }

    /// <summary>The instruction, followed by a line feed and the input where there is one.</summary>
    public string InstructionWithInput => Input.Length == 0 ? Instruction : Instruction + "\n" + Input;

    /// <summary>The record's own system prompt; empty where it has none, and where <see cref="Messages"/> hold it.</summary>
    public string System { get; init; } = "";

    /// <summary>Earlier turns, what the user said and what was answered; none where <see cref="Messages"/> hold them.</summary>
    public IReadOnlyList<(string User, string Assistant)> History { get; init; } = [];

    /// <summary>The prompt without a chat template: the system prompt, the history and the instruction with its input, joined by line feeds; what is empty is left out.</summary>
    public string PromptWithoutTemplate => string.Join('\n', PlainTurns.Select(static turn => turn.Text));

    /// <summary>What <see cref="PromptWithoutTemplate"/> joins, and which of it the assistant says.</summary>
    internal IEnumerable<(string Text, bool IsAssistant)> PlainTurns => Messages is { } messages && Input.Length == 0 && System.Length == 0 && History.Count == 0
        ? messages.Select(static message => (message.Content, message.Role == "assistant"))
        : [.. TurnsBefore.Where(static turn => turn.Text.Length > 0), (InstructionWithInput, false)];

    private IEnumerable<(string Text, bool IsAssistant)> TurnsBefore => [(System, false), .. History.SelectMany(static turn => new[] { (turn.User, false), (turn.Assistant, true) })];

    /// <summary>The response as it stands in the file, where it holds more than a text (reasoning, tool calls): only a chat template that marks what the assistant says can write it. Null where it is <see cref="Output"/>.</summary>
    internal ChatMessage? Response { get; init; }

    /// <summary>The tokens, where the dataset gives those and no texts; null otherwise.</summary>
    internal TokenIdSequence? TokenIds { get; init; }

    /// <summary>The tools that the record offers the model; null where it has none.</summary>
    internal JsonValue? Tools { get; init; }

    /// <summary>The documents that the record gives the model; null where it has none.</summary>
    internal JsonValue? Documents { get; init; }

    /// <summary>The record's own variables of the chat template (<c>chat_template_kwargs</c>), an object; null where it has none.</summary>
    internal JsonValue? TemplateVariables { get; init; }

    /// <summary>The first field of the record that means something and that only a chat template can write; null where there is none.</summary>
    internal string? NeedsChat { get; init; }
}
