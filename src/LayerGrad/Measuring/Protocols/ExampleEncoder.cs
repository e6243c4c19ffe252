using LayerGrad.Json;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Examples.Forms;
using LayerGrad.Models;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Protocols;

/// <summary>
/// Turns examples into tokens by the <see cref="Protocol"/>. The paper's protocol is that of
/// <c>get_gradient_values.py</c> of Layer_Gradient: the text is the instruction (with a line feed and the input where
/// there is one), a line feed, and the output; or, for chat models, what the chat template writes, followed by the
/// output. The response begins after as many tokens as the text before the output has when it is encoded by itself,
/// and the tokenizer's own BOS comes before that of the template. The strict protocol has one BOS, and its response
/// begins at the first token of the joint encoding whose text begins in the output.
/// </summary>
/// <remarks>Safe to use from several threads at a time.</remarks>
internal sealed class ExampleEncoder
{
    /// <summary>Why an example whose output is empty is skipped.</summary>
    public const string EmptyOutput = "the output is empty";

    /// <summary>Why an example is skipped whose tokens end before its response begins.</summary>
    public const string NoResponseToken = "the text encodes to no response token";

    private const string SystemPrompt = "You are a helpful assistant.";

    private readonly Tokenizer _tokenizer;
    private readonly MeasurementSpecification _measurement;
    private readonly bool _isGemma;
    private readonly ChatTemplate? _template;
    private readonly ChatTemplate? _toolTemplate;
    private readonly int? _bos;

    /// <summary>An encoder for one model.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="measurement">The protocol, the chat template's arguments and the maximum length among it.</param>
    /// <param name="isGemma">Whether the model is a Gemma, whose templates take no system turn: see <see cref="IsGemmaModel"/>.</param>
    /// <param name="templateName">What errors call the chat template: the file it stands in.</param>
    /// <exception cref="InputException">Chat prompts are asked for, and the model has no chat template or one that is not valid.</exception>
    public ExampleEncoder(Tokenizer tokenizer, MeasurementSpecification measurement, bool isGemma = false, string templateName = "chat template")
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(measurement);
        ArgumentOutOfRangeException.ThrowIfLessThan(measurement.MaxLength, 2);
        _tokenizer = tokenizer;
        _measurement = measurement.Date is null ? measurement with { Date = DateOnly.FromDateTime(DateTime.Today) } : measurement;
        _isGemma = isGemma;
        _bos = tokenizer.BosToken is { } bos ? tokenizer.TokenToId(bos) : null;
        if (!measurement.Chat && !measurement.Template.IsEmpty)
            throw new InputException("--template-arg and --tools are for the chat template, which is used with --chat");
        if (measurement.Chat)
        {
            _template = ParseTemplate(tokenizer.ChatTemplate, templateName);
            _toolTemplate = tokenizer.ToolChatTemplate is { } source ? ParseTemplate(source, templateName + " (tool_use)") : _template;
            if (measurement.Turns == AssistantTurns.All)
            {
                _template.RequirePlaces("--turns all");
                _toolTemplate.RequirePlaces("--turns all");
            }
        }
    }

    /// <summary>An encoder for a model, with its tokenizer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="measurement">The protocol, the chat template's arguments, the tokenizer's rules and the maximum length among it.</param>
    /// <exception cref="InputException">The tokenizer or the chat template is missing or not sound.</exception>
    public static ExampleEncoder ForModel(LoadedModel model, MeasurementSpecification measurement)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(measurement);
        var tokenizer = model.LoadTokenizer(measurement.TokenizerRules);
        var modelType = new JsonValue(model.Checkpoint.Config, model.Checkpoint.Location, "").OptionalText("model_type") ?? "";
        return new ExampleEncoder(tokenizer, measurement, IsGemmaModel(modelType, model.Name), model.TemplateName);
    }

    /// <summary>
    /// Whether a model counts as a Gemma. The original script asks whether the path that it was given has
    /// <c>gemma</c> in it; here a model of the family is one wherever it lies.
    /// </summary>
    /// <param name="modelType">The <c>model_type</c> of the configuration.</param>
    /// <param name="path">The path of the model as the user wrote it.</param>
    public static bool IsGemmaModel(string modelType, string path) =>
        modelType.StartsWith("gemma", StringComparison.Ordinal) || path.Contains("gemma", StringComparison.OrdinalIgnoreCase);

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer => _tokenizer;

    /// <summary>Why an example is skipped whose response begins at or after the maximum length.</summary>
    /// <param name="maxLength">The maximum length in tokens.</param>
    public static string BeyondMaxLength(int maxLength) => $"the response lies wholly beyond the maximum length of {maxLength} tokens";

    /// <summary>Encodes an example.</summary>
    /// <param name="example">The example.</param>
    /// <returns>Its tokens, or why it is skipped.</returns>
    /// <exception cref="InputException">The chat template does not take the example.</exception>
    public EncodedExample Encode(Example example)
    {
        if (example.TokenIds is { } tokens)
            return LossMask.Apply(new TokenIdEncoder(_tokenizer, _measurement).Encode(example, tokens), _measurement.Thinking);
        if (example.Output.Length == 0 && example.Response is null)
            return new EncodedExample(example, null, EmptyOutput);
        var written = Write(example);
        var (ids, offsets) = EncodeJointly(written.Text);
        var (start, counted) = Counted(written, offsets, ids.Length);
        if (start >= _measurement.MaxLength)
            return new EncodedExample(example, null, BeyondMaxLength(_measurement.MaxLength));
        if (start >= ids.Length)
            return new EncodedExample(example, null, written.PromptLength is null ? LossMask.NothingMarked : NoResponseToken);
        var kept = Math.Min(ids.Length, _measurement.MaxLength);
        var encoded = new TokenizedExample(example, ids[..kept], offsets[..kept], written.Text, start, kept < ids.Length);
        if (counted is not null)
            encoded = LossMask.Counting(encoded, [.. counted.TakeWhile(position => position < kept)]);
        return LossMask.Apply(new EncodedExample(example, encoded, null), _measurement.Thinking);
    }

    /// <summary>The first token that counts, which may lie beyond the last, and all that count where they are not simply those from there on.</summary>
    private (int Start, List<int>? All) Counted(WrittenConversation written, TokenOffset[] offsets, int tokens)
    {
        if (written.PromptLength is not { } prompt)
        {
            var marked = LossMask.Overlapping(offsets, written.Spans);
            return (marked.Count > 0 ? marked[0] : tokens, marked);
        }

        // Position 0 has nothing before it to be predicted from.
        var start = Math.Max(1, ResponseStart(written.Text[..prompt], offsets));
        if (written.Spans.Count == 0)
            return (start, null);
        var earlier = LossMask.Beginning(offsets, written.Spans);
        List<int> all = [.. earlier.TakeWhile(position => position < start), .. Enumerable.Range(start, Math.Max(0, tokens - start))];
        return (all.Count > 0 ? all[0] : tokens, all);
    }

    /// <summary>The text, with the places of those turns that count.</summary>
    /// <exception cref="InputException">The chat template does not take the example, or does not tell those places.</exception>
    private WrittenConversation Write(Example example)
    {
        var isAll = _measurement.Turns == AssistantTurns.All;
        if (_template is null || !isAll)
        {
            if (example.Response is { } more)
                throw ConversationReader.ResponseIsMore(more, example.Index);
            return isAll ? AssistantText.Plain(example, Prompt(example)) : WrittenConversation.Of(Prompt(example), example.Output);
        }

        return InTemplate(example, (template, conversation) =>
        {
            if (template.MarksAssistant)
                return AssistantText.Marked(template, conversation, example.Response ?? new ChatMessage("assistant", example.Output));
            if (example.Response is { } response)
                throw ConversationReader.ResponseIsMore(response, example.Index);
            return AssistantText.Found(template, conversation, template.Render(conversation).Text, example.Output, example.Index);
        });
    }

    /// <summary>The text before the response.</summary>
    /// <param name="example">The example.</param>
    /// <exception cref="InputException">The chat template does not take the example.</exception>
    public string Prompt(Example example)
    {
        if (_template is null)
        {
            return example.NeedsChat is { } field
                ? throw new InputException($"record {example.Index} (0-based): {field} can only be written by a chat template; give --chat, or remove the record")
                : example.PromptWithoutTemplate + "\n";
        }

        return InTemplate(example, static (template, conversation) => template.Render(conversation).Text);
    }

    /// <summary>What becomes of an example in the chat template for it; the template's errors are those of the record.</summary>
    private TResult InTemplate<TResult>(Example example, Func<ChatTemplate, Conversation, TResult> write)
    {
        try
        {
            var conversation = Conversation(example);
            return write(conversation.Tools is null ? _template! : _toolTemplate!, conversation);
        }
        catch (ChatTemplateException error)
        {
            throw new InputException($"record {example.Index} (0-based): {(error.IsLimit ? "" : "the chat template fails: ")}{error.Message}{ToolsHint(example)}", error);
        }
    }

    /// <summary>What the template is given. The record's own tools, documents and variables come before those of the options.</summary>
    private Conversation Conversation(Example example)
    {
        var variables = new Dictionary<string, JsonValue>(StringComparer.Ordinal);
        foreach (var (name, value) in _measurement.Template.Variables.Concat(example.TemplateVariables is { } own ? TemplateArguments.CheckedVariables(own) : []))
            variables[name] = value;
        return new Conversation(Messages(example))
        {
            Tools = example.Tools ?? _measurement.Template.Tools,
            Documents = example.Documents ?? _measurement.Template.Documents,
            Variables = variables,
            AddGenerationPrompt = true,
            BosToken = _tokenizer.BosToken,
            EosToken = _tokenizer.EosToken,
            Date = _measurement.Date!.Value,
        };
    }

    private IReadOnlyList<ChatMessage> Messages(Example example)
    {
        if (example.Messages is not null)
            return example.Messages;
        var turns = new List<ChatMessage>();
        if (example.System.Length > 0)
            turns.Add(new ChatMessage("system", example.System));
        else if (!_isGemma)
            turns.Add(new ChatMessage("system", SystemPrompt));
        foreach (var (user, assistant) in example.History)
        {
            turns.Add(new ChatMessage("user", user));
            turns.Add(new ChatMessage("assistant", assistant));
        }

        turns.Add(new ChatMessage("user", example.InstructionWithInput));
        return turns;
    }

    private string ToolsHint(Example example) =>
        example.Tools is null && _measurement.Template.Tools is null && _template!.Reads("tools") ? " (no tools are given; --tools FILE names them)" : "";

    /// <summary>The tokens of prompt and response together; the strict protocol drops the BOS in front of the template's.</summary>
    private (int[] Ids, TokenOffset[] Offsets) EncodeJointly(string text)
    {
        var (ids, offsets) = _tokenizer.Encode(text);
        var isDoubled = _measurement.Protocol == Protocol.Strict && _template is not null && ids.Length > 1 && ids[0] == _bos && ids[1] == _bos;
        return isDoubled ? (ids[1..], offsets[1..]) : (ids, offsets);
    }

    /// <summary>
    /// The first token of the response, which may lie beyond the last. The output is the end of the text, so that its
    /// last occurrence begins where the prompt ends.
    /// </summary>
    private int ResponseStart(string prompt, TokenOffset[] offsets)
    {
        if (_measurement.Protocol == Protocol.Paper)
            return _tokenizer.Encode(prompt).Ids.Length;
        var first = Array.FindIndex(offsets, offset => offset.Start >= prompt.Length && offset.End > offset.Start);
        return first < 0 ? offsets.Length : first;
    }

    /// <summary>Parses a model's template; errors are the user's.</summary>
    internal static ChatTemplate ParseTemplate(string? source, string name)
    {
        if (source is null)
            throw new InputException($"{name}: there is no chat template here; only instruction-tuned models have one.");
        try
        {
            return ChatTemplate.Parse(source, name);
        }
        catch (ChatTemplateException error)
        {
            throw new InputException(error.Message, error);
        }
    }
}
