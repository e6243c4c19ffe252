using System.CommandLine;
using LayerGrad.Cli.Progress;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad prompt</c>: a chat prompt exactly as the model's template writes it.</summary>
internal static class PromptCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A folder with tokenizer_config.json, ORG/NAME on the hub, or a GGUF file." };
        var user = new Option<string?>("--user") { Description = "What the user says.", HelpName = "TEXT" };
        var system = new Option<string?>("--system") { Description = "The system prompt; none without it.", HelpName = "TEXT" };
        var messages = new Option<string?>("--messages") { Description = "A whole conversation instead: a JSON array of turns, or an object with messages, tools and documents.", HelpName = "FILE" };
        var noGenerationPrompt = new Option<bool>("--no-generation-prompt") { Description = "End with the last turn, without what makes the model answer." };
        var continued = new Option<bool>("--continue") { Description = "Leave the last turn open, so that the model goes on with it." };
        var template = new TemplateOptions();
        var date = CommonOptions.Date();
        var rules = CommonOptions.TokenizerRules();
        var command = new Command(
            "prompt",
            "Print a chat prompt as the model's template writes it, to the last byte: no line feed is added.\n\n"
            + "Example: layergrad prompt ./Qwen2.5-7B-Instruct --user 'What is 2 + 2?'\n\n"
            + "Example: layergrad prompt ./Qwen3-0.6B --messages chat.json --tools tools.json --template-arg enable_thinking=false")
        {
            model, user, system, messages, noGenerationPrompt, continued, date, rules,
        };
        foreach (var option in template.All)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var conversation = Conversation(arguments.GetValue(messages), arguments.GetValue(user), arguments.GetValue(system));
            var isContinued = arguments.GetValue(continued);
            var request = conversation.Request(template.Read(arguments), arguments.GetValue(date) ?? DateOnly.FromDateTime(DateTime.Today)) with
            {
                AddGenerationPrompt = !isContinued && !arguments.GetValue(noGenerationPrompt),
                ContinueFinalMessage = isContinued,
            };
            var name = arguments.GetRequiredValue(model);
            var prompt = ChatPrompt.Load(ModelLoader.Locate(name, DownloadLog.Choose(quiet: false), tokenizerOnly: true), arguments.GetValue(rules));
            TemplateOptions.NoteUnread(request.Template, prompt);
            Terminal.Show(prompt.Render(request));
        });
        return command;
    }

    private static ConversationFile Conversation(string? file, string? user, string? system)
    {
        if (file is not null)
        {
            return user is null && system is null
                ? ConversationFile.Load(file)
                : throw new InputException("--messages: holds the whole conversation; put what --user and --system say into it");
        }

        var turn = new ChatMessage("user", user ?? throw new InputException("prompt: give --user TEXT, or a whole conversation with --messages FILE"));
        return new ConversationFile(system is null ? [turn] : [new ChatMessage("system", system), turn]);
    }
}
