using System.Globalization;
using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Syntax;
using LayerGrad.ChatTemplates.Syntax.Statements;
using LayerGrad.ChatTemplates.Values;
using LayerGrad.Examples;

namespace LayerGrad.ChatTemplates;

/// <summary>
/// A model's chat template: the program in Jinja that writes a conversation as the model was trained to read it.
/// The part of the language that chat templates use is implemented here, with the settings of transformers'
/// <c>apply_chat_template</c> (<c>ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)</c> with loop
/// controls, its own <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>, and <c>generation</c> blocks).
/// Case mappings are one character to one, so that a sharp s keeps its form in upper case, and integers have 64 bits.
/// What a template may take is bounded by its <see cref="Budget"/>.
/// </summary>
internal sealed class ChatTemplate
{
    private readonly string _name;
    private readonly string _source;
    private readonly IReadOnlyList<Statement> _body;
    private readonly HashSet<string> _names;
    private readonly List<GenerationBlock> _generations;

    private ChatTemplate(string name, string source, IReadOnlyList<Statement> body, HashSet<string> names, List<GenerationBlock> generations)
    {
        _generations = generations;
        _name = name;
        _source = source;
        _body = body;
        _names = names;
    }

    /// <summary>Parses a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="name">What errors call it: usually the file it stands in.</param>
    /// <exception cref="ChatTemplateException">It is not valid, with line and column.</exception>
    public static ChatTemplate Parse(string source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var generations = new List<GenerationBlock>();
        return new ChatTemplate(name, source, TemplateParser.Parse(source, name, names, generations), names, generations);
    }

    /// <summary>Whether it says in <c>generation</c> blocks what the assistant says.</summary>
    public bool MarksAssistant => _generations.Count > 0;

    /// <summary>Checks that the place of every <c>generation</c> block in the text is known: transformers, which this follows, gets it wrong for one inside a macro, a <c>set</c> or a <c>filter</c> block.</summary>
    /// <param name="purpose">What needs it (<c>--turns all</c>).</param>
    /// <exception cref="InputException">One stands inside such a block.</exception>
    public void RequirePlaces(string purpose)
    {
        foreach (var block in _generations)
        {
            if (block.Inside is { } inside)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{_name}:{block.Position.Line}:{block.Position.Column}: {purpose}: the generation block stands inside {inside}, and transformers does not know where its text comes out; move it outside."));
        }
    }

    /// <summary>Whether the template reads a variable anywhere.</summary>
    /// <param name="variable">Its name.</param>
    public bool Reads(string variable) => _names.Contains(variable);

    /// <summary>Writes a conversation with nothing but its messages: as Jinja alone does, without saying anything about tools and documents.</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="addGenerationPrompt">Whether to end with what makes the model answer.</param>
    /// <param name="bosToken">The text of the beginning-of-sequence token; undefined in the template where null.</param>
    /// <param name="eosToken">The text of the end-of-sequence token; undefined in the template where null.</param>
    /// <param name="date">What <c>strftime_now</c> takes for today.</param>
    /// <exception cref="ChatTemplateException">The template fails, or raises an exception of its own because it does not take this conversation.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, string? bosToken, string? eosToken, DateOnly date) =>
        Render(new Conversation(messages) { SaysTools = false, AddGenerationPrompt = addGenerationPrompt, BosToken = bosToken, EosToken = eosToken, Date = date }).Text;

    /// <summary>Writes a conversation.</summary>
    /// <param name="conversation">Its turns, and what else the template is given.</param>
    /// <exception cref="ChatTemplateException">The template fails, raises an exception of its own because it does not take this conversation, or does not show the end of a last turn that is to stay open.</exception>
    internal RenderedChat Render(Conversation conversation)
    {
        var rendering = new Rendering();
        try
        {
            var messages = TemplateMessages.Of(conversation.Messages);
            var continued = conversation.ContinueFinalMessage ? ContinuedMessage.Mark(messages, _source) : null;
            var scope = new Scope(_name, Variables(conversation, messages), rendering);
            Statement.ExecuteAll(_body, scope, rendering.Output);
            var text = rendering.Output.ToString();
            return new RenderedChat(continued?.Cut(text) ?? text, rendering.Generations);
        }
        catch (EvaluationException error)
        {
            throw new ChatTemplateException(error.Message, _name, 1, 1, error.RaisedByTemplate, error.IsLimit);
        }
    }

    private static Dictionary<string, Value> Variables(Conversation conversation, Value[] messages)
    {
        var variables = Globals.Create(conversation.Date);
        if (conversation.BosToken is { } bos)
            variables["bos_token"] = new StringValue(bos);
        if (conversation.EosToken is { } eos)
            variables["eos_token"] = new StringValue(eos);
        foreach (var (name, value) in conversation.Variables)
            variables[name] = JsonValues.Of(value);
        variables["messages"] = new ListValue(messages);
        variables["add_generation_prompt"] = BooleanValue.Of(conversation.AddGenerationPrompt);
        if (conversation.SaysTools)
        {
            variables["tools"] = conversation.Tools is { } tools ? JsonValues.Of(tools) : NoneValue.Instance;
            variables["documents"] = conversation.Documents is { } documents ? JsonValues.Of(documents) : NoneValue.Instance;
        }

        return variables;
    }
}
