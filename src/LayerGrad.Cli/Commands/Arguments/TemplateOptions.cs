using System.CommandLine;
using LayerGrad.ChatTemplates;
using LayerGrad.Measuring.Protocols;

namespace LayerGrad.Cli.Commands;

/// <summary><c>--template-arg NAME=VALUE</c> and <c>--tools FILE</c>: what a chat template is given beside the conversation.</summary>
internal sealed class TemplateOptions
{
    private readonly Option<string[]> _arguments = new("--template-arg")
    {
        Description = "A variable of the chat template, in JSON: enable_thinking=false, 'reasoning_effort=\"low\"'. May be repeated.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<string?> _tools = new("--tools") { Description = "The tools that the chat template offers the model: a JSON array.", HelpName = "FILE" };

    /// <summary>The options, in the order in which a help lists them.</summary>
    public Option[] All => [_arguments, _tools];

    /// <summary>What the user gave.</summary>
    /// <exception cref="InputException">It is not of its form.</exception>
    public TemplateArguments Read(ParseResult result) => TemplateArguments.Parse(result.GetValue(_arguments) ?? [], result.GetValue(_tools));

    /// <summary>Notes arguments that the template never reads, so that they change nothing.</summary>
    /// <param name="arguments">What the template is given.</param>
    /// <param name="chat">Whether the template is used; that arguments need it is said elsewhere.</param>
    /// <param name="model">A folder with the template, or a GGUF file.</param>
    public static void NoteUnread(TemplateArguments arguments, bool chat, string model)
    {
        if (chat && !arguments.IsEmpty)
            NoteUnread(arguments, ChatPrompt.Load(model));
    }

    /// <inheritdoc cref="NoteUnread(TemplateArguments, bool, string)"/>
    public static void NoteUnread(TemplateArguments arguments, ChatPrompt prompt)
    {
        var unread = prompt.Unread(arguments);
        if (unread.Count > 0)
            Terminal.Tell($"layergrad: note: the chat template never reads {string.Join(", ", unread)}, so that {(unread.Count == 1 ? "it changes" : "they change")} nothing.");
    }
}
