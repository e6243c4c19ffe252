using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Syntax;
using LayerGrad.ChatTemplates.Values;
using LayerGrad.Examples;

namespace LayerGrad.ChatTemplates;

/// <summary>
/// A model's chat template: the program in Jinja that writes a conversation as the model was trained to read it.
/// The part of the language that chat templates use is implemented here, with the settings of transformers'
/// <c>apply_chat_template</c> (<c>ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)</c> with loop
/// controls, its own <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>, and <c>generation</c> blocks that
/// change nothing). Case mappings are one character to one, so that a sharp s keeps its form in upper case.
/// </summary>
public sealed class ChatTemplate
{
    private readonly string _name;
    private readonly IReadOnlyList<Statement> _body;

    private ChatTemplate(string name, IReadOnlyList<Statement> body)
    {
        _name = name;
        _body = body;
    }

    /// <summary>Parses a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="name">What errors call it: usually the file it stands in.</param>
    /// <exception cref="ChatTemplateException">It is not valid, with line and column.</exception>
    public static ChatTemplate Parse(string source, string name) => new(name, TemplateParser.Parse(source, name));

    /// <summary>Writes a conversation.</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether to end with what makes the model answer.</param>
    /// <param name="bosToken">The text of the beginning-of-sequence token; undefined in the template where null.</param>
    /// <param name="eosToken">The text of the end-of-sequence token; undefined in the template where null.</param>
    /// <param name="date">What <c>strftime_now</c> takes for today.</param>
    /// <exception cref="ChatTemplateException">The template fails, or raises an exception of its own because it does not take this conversation.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, string? bosToken, string? eosToken, DateOnly date)
    {
        var variables = Variables(messages, addGenerationPrompt, bosToken, eosToken, date);
        variables["tools"] = NoneValue.Instance;
        variables["documents"] = NoneValue.Instance;
        try
        {
            return Statement.Capture(_body, new Scope(_name, null, variables));
        }
        catch (ChatTemplateException error) when (!error.RaisedByTemplate)
        {
            // transformers says None for no tools. Templates written for tools alone may iterate over them unasked and
            // fail on None there; with nothing said about tools they write their prompt.
            return Statement.Capture(_body, new Scope(_name, null, Variables(messages, addGenerationPrompt, bosToken, eosToken, date)));
        }
    }

    private static Dictionary<string, Value> Variables(
        IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, string? bosToken, string? eosToken, DateOnly date)
    {
        var variables = Globals.Create(date);
        variables["messages"] = new ListValue([.. messages.Select(Message)]);
        variables["add_generation_prompt"] = BooleanValue.Of(addGenerationPrompt);
        if (bosToken is not null)
            variables["bos_token"] = new StringValue(bosToken);
        if (eosToken is not null)
            variables["eos_token"] = new StringValue(eosToken);
        return variables;
    }

    private static DictionaryValue Message(ChatMessage message) => new(
    [
        KeyValuePair.Create<Value, Value>(new StringValue("role"), new StringValue(message.Role)),
        KeyValuePair.Create<Value, Value>(new StringValue("content"), new StringValue(message.Content)),
    ]);
}
