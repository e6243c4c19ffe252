using System.Text;
using LayerGrad.ChatTemplates;
using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.ChatTemplates;

/// <summary>Conversations with tools, reasoning, parts, documents and template arguments, as transformers 5.24 writes them.</summary>
public sealed class ReferenceConversationTests(ITestOutputHelper output)
{
    [SharedFact]
    public void Templates_of_today_write_363_conversations_as_transformers_does_or_fail_where_it_fails()
    {
        var wrong = new List<string>();
        var (count, errors, withSpans) = (0, 0, 0);
        foreach (var line in File.ReadLines(Shared.Path("reference", "chat_templates_more.jsonl")))
        {
            count++;
            var record = ForeignJson.Parse(Encoding.UTF8.GetBytes(line), $"chat_templates_more.jsonl:{count}");
            errors += record.Has("error") ? 1 : 0;
            withSpans += record.Has("assistant_spans") ? 1 : 0;
            if (Difference(record) is { } difference)
                wrong.Add($"{record.Text("name")}: {difference}");
        }

        output.WriteLine($"{count} conversations, {errors} of them errors, {withSpans} with spans; {wrong.Count} differ");
        (count, errors, withSpans).ShouldBe((363, 50, 22));
        wrong.ShouldBeEmpty();
    }

    /// <summary>How ours differs from the reference; null where it does not.</summary>
    private static string? Difference(JsonValue record)
    {
        var mustFail = record.Has("error");
        try
        {
            var rendered = ChatTemplate.Parse(record.Text("template"), "template").Render(Conversation(record));
            if (mustFail)
                return $"wrote {rendered.Text.Length} characters instead of failing with {record.Text("error")}";
            var expected = record.Text("expected");
            if (rendered.Text != expected)
                return $"wrote\n{rendered.Text}\ninstead of\n{expected}";
            return record.Has("assistant_spans") ? SpanDifference(record, rendered) : null;
        }
        catch (ChatTemplateException error)
        {
            return mustFail ? null : $"failed with {error.Message}";
        }
    }

    private static string? SpanDifference(JsonValue record, RenderedChat rendered)
    {
        var expected = string.Join(' ', record.Array("assistant_spans").Select(span => string.Join('-', span.Items().Select(end => end.AsInt()))));
        int CodePoints(Index end) => rendered.Text.AsSpan(0, end.Value).ToString().EnumerateRunes().Count();
        var given = string.Join(' ', rendered.AssistantSpans.Select(span => $"{CodePoints(span.Start)}-{CodePoints(span.End)}"));
        return given == expected ? null : $"has the assistant at {given} instead of {expected}";
    }

    private static Conversation Conversation(JsonValue record)
    {
        var arguments = record.Object("kwargs");
        string[] own = ["add_generation_prompt", "continue_final_message", "documents"];
        return new Conversation([.. record.Array("messages").Select(message =>
            new ChatMessage(message.Text("role"), "") { Record = message })])
        {
            Tools = record.Find("tools"),
            Documents = arguments.Find("documents"),
            Variables = arguments.Members().Where(member => !own.Contains(member.Key)).ToDictionary(member => member.Key, member => member.Value),
            AddGenerationPrompt = arguments.Flag("add_generation_prompt", false),
            ContinueFinalMessage = arguments.Flag("continue_final_message", false),
            BosToken = record.OptionalText("bos_token") is { Length: > 0 } bos ? bos : null,
            EosToken = record.OptionalText("eos_token"),
            Date = new DateOnly(2024, 7, 26),
        };
    }
}
