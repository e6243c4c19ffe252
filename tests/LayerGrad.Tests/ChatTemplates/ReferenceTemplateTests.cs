using System.Text.Json;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.ChatTemplates;

public sealed class ReferenceTemplateTests
{
    [SharedFact]
    public void Thirty_real_templates_write_ten_conversations_as_transformers_does()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var line in File.ReadLines(Shared.Path("reference", "chat_templates.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var (given, expected) = Render(document.RootElement);
            count++;
            if (given != expected)
                wrong.Add($"line {count}, {document.RootElement.GetProperty("name")}:\n{given}\ninstead of\n{expected}");
        }

        count.ShouldBe(300);
        wrong.ShouldBeEmpty();
    }

    private static (string? Given, string? Expected) Render(JsonElement record)
    {
        var messages = record.GetProperty("messages").EnumerateArray()
            .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!)).ToList();
        var expected = record.TryGetProperty("error", out var error) ? "error: " + error.GetString() : record.GetProperty("expected").GetString();
        try
        {
            var template = ChatTemplate.Parse(record.GetProperty("template").GetString()!, "template");
            return (template.Render(messages, record.GetProperty("add_generation_prompt").GetBoolean(), record.GetProperty("bos_token").GetString(),
                record.GetProperty("eos_token").GetString(), new DateOnly(2024, 7, 26)), expected);
        }
        catch (ChatTemplateException exception)
        {
            return ((exception.RaisedByTemplate ? "error: " : "wrongly: ") + (exception.RaisedByTemplate ? exception.Reason : exception.Message), expected);
        }
    }
}
