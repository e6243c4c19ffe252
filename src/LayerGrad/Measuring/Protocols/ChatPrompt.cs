using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Models;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring.Protocols;

/// <summary>A model's chat template with its special tokens, without its tokenizer and weights.</summary>
internal sealed class ChatPrompt
{
    private readonly ChatTemplate _template;
    private readonly ChatTemplate _toolTemplate;
    private readonly string? _bosToken;
    private readonly string? _eosToken;
    private readonly string _source;

    private ChatPrompt(string? template, string? toolTemplate, string? bosToken, string? eosToken, string source)
    {
        _template = ExampleEncoder.ParseTemplate(template, source);
        _toolTemplate = toolTemplate is null ? _template : ExampleEncoder.ParseTemplate(toolTemplate, source + " (tool_use)");
        _bosToken = bosToken;
        _eosToken = eosToken;
        _source = source;
    }

    /// <summary>Loads the template of a model.</summary>
    /// <param name="model">A folder, which needs only <c>tokenizer_config.json</c> or <c>chat_template.jinja</c>; or a GGUF file.</param>
    /// <param name="rules">The version of transformers whose rules say which special tokens a folder's template sees.</param>
    /// <exception cref="InputException">There is no such model, or it has no valid template.</exception>
    public static ChatPrompt Load(string model, TokenizerRules rules = TokenizerRules.Transformers4)
    {
        using var opened = ModelLoader.Open(model);
        var config = opened.LoadTemplate(rules);
        return new ChatPrompt(config.ChatTemplate, config.ToolChatTemplate, config.BosToken, config.EosToken, opened.TemplateName);
    }

    /// <summary>Writes a conversation, up to where the model answers.</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="date">What the template takes for today.</param>
    /// <exception cref="InputException">The template does not take the conversation; where it stands, and what it says.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, DateOnly date) => Render(new PromptRequest(messages, date));

    /// <summary>Writes a conversation.</summary>
    /// <param name="request">The conversation and how it is to end.</param>
    /// <exception cref="InputException">The template does not take the conversation; where it stands, and what it says.</exception>
    public string Render(PromptRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var template = request.Template.ToolsJson is null ? _template : _toolTemplate;
        try
        {
            return template.Render(new Conversation(request.Messages)
            {
                Tools = request.Template.Tools,
                Documents = request.Template.Documents,
                Variables = request.Template.Variables.ToDictionary(),
                AddGenerationPrompt = request.AddGenerationPrompt,
                ContinueFinalMessage = request.ContinueFinalMessage,
                BosToken = _bosToken,
                EosToken = _eosToken,
                Date = request.Date,
            }).Text;
        }
        catch (ChatTemplateException error)
        {
            var what = error.IsLimit ? "" : error.RaisedByTemplate ? "the chat template does not take this conversation: " : "the chat template fails: ";
            throw new InputException($"{_source}{(ReferenceEquals(template, _template) ? "" : " (tool_use)")}:{error.Line}:{error.Column}: {what}{error.ShownReason}", error);
        }
    }

    /// <summary>The arguments that the template never reads, so that they change nothing: names of variables, and <c>tools</c>.</summary>
    /// <param name="arguments">What it is to be given.</param>
    public IReadOnlyList<string> Unread(TemplateArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        IEnumerable<string> names = arguments.ToolsJson is null ? arguments.Names : arguments.Names.Append("tools");
        var template = arguments.ToolsJson is null ? _template : _toolTemplate;
        return [.. names.Where(name => !template.Reads(name))];
    }
}
