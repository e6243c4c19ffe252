using System.CommandLine;
using LayerGrad.Examples;
using LayerGrad.Measuring;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad prompt</c>: a chat prompt exactly as the model's template writes it.</summary>
internal static class PromptCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A folder with tokenizer_config.json, ORG/NAME on the hub, or a GGUF file." };
        var user = new Option<string>("--user") { Description = "What the user says.", HelpName = "TEXT", Required = true };
        var system = new Option<string?>("--system") { Description = "The system prompt; none without it.", HelpName = "TEXT" };
        var date = CommonOptions.Date();
        var rules = CommonOptions.TokenizerRules();
        var command = new Command(
            "prompt",
            "Print a chat prompt as the model's template writes it, to the last byte: no line feed is added.\n\nExample: layergrad prompt ./Qwen2.5-7B-Instruct --user 'What is 2 + 2?'")
        {
            model, user, system, date, rules,
        };
        command.SetAction(arguments =>
        {
            var name = arguments.GetRequiredValue(model);
            var prompt = ChatPrompt.Load(Models.Locate(name, quiet: false, tokenizerOnly: true) ?? name, arguments.GetValue(rules));
            var turn = new ChatMessage("user", arguments.GetRequiredValue(user));
            IReadOnlyList<ChatMessage> messages = arguments.GetValue(system) is { } text ? [new ChatMessage("system", text), turn] : [turn];
            Console.Out.Write(prompt.Render(messages, arguments.GetValue(date) ?? DateOnly.FromDateTime(DateTime.Today)));
        });
        return command;
    }
}
