using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Measuring.Protocols;

/// <summary>A conversation that stands by itself: its turns, and the tools and documents that its file gives with them.</summary>
/// <param name="Messages">The turns.</param>
internal sealed record ConversationFile(IReadOnlyList<ChatMessage> Messages)
{
    private JsonValue? _tools;
    private JsonValue? _documents;
    private JsonValue? _variables;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A JSON array of turns, or an object with <c>messages</c>, and <c>tools</c>, <c>documents</c> and <c>chat_template_kwargs</c> where there are any.</param>
    /// <exception cref="InputException">It cannot be read, or holds no conversation.</exception>
    public static ConversationFile Load(string path)
    {
        var root = ForeignJson.Read(path);
        var turns = root.IsObject ? root.Require("messages") : root;
        if (!turns.IsArray)
            throw turns.Wrong("an array of turns, or an object with messages");
        var messages = turns.Items().Select(ConversationReader.Message).ToList();
        if (messages.Count == 0)
            throw turns.Error("holds no turn");
        return new ConversationFile(messages)
        {
            _tools = root.IsObject ? root.Find("tools")?.AsObjects("tools") : null,
            _documents = root.IsObject ? root.Find("documents")?.AsObjects("documents") : null,
            _variables = root.IsObject ? root.OptionalObject("chat_template_kwargs") : null,
        };
    }

    /// <summary>What a chat template is to write; the file's own tools, documents and variables come before those of the arguments.</summary>
    /// <param name="arguments">What else the template is given.</param>
    /// <param name="date">What it takes for today.</param>
    public PromptRequest Request(TemplateArguments arguments, DateOnly date)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return new PromptRequest(Messages, date) { Template = arguments.With(_tools, _documents, _variables) };
    }
}
