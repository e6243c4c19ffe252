using System.Text.RegularExpressions;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Examples;

/// <summary>The forms of records: what is read, and what is refused rather than dropped.</summary>
public sealed partial class RecordFormTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"instruction": "i", "context": "c", "response": "r"}""", "i\nc", "r", "instruction and response")]
    [InlineData("""{"instruction": "i", "input": null, "context": "c", "output": "r", "response": ""}""", "i\nc", "r", "instruction and output")]
    [InlineData("""{"prompt": "p", "completion": "c"}""", "p", "c", "prompt and completion")]
    [InlineData("""{"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "completion": [{"role": "assistant", "content": "c"}]}""", "s\nu", "c", "prompt and completion")]
    [InlineData("""{"question": "q", "answer": "a"}""", "q", "a", "question and answer")]
    [InlineData("""{"problem": "p", "solution": "s", "level": "5"}""", "p", "s", "problem and solution")]
    [InlineData("""{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "h"}, {"from": "gpt", "value": "g"}]}""", "s\nh", "g", "ShareGPT")]
    [InlineData("""{"system": "s", "conversations": [{"from": "human", "value": "h"}, {"from": "gpt", "value": "g"}]}""", "s\nh", "g", "ShareGPT")]
    [InlineData("""{"conversations": [{"role": "user", "content": "h"}, {"role": "assistant", "content": "g"}]}""", "h", "g", "ShareGPT")]
    [InlineData("""{"prompt": "u ", "messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}""", "u", "a", "messages")]
    [InlineData("""{"messages": {"role": ["user", "assistant"], "content": ["u", "a"]}}""", "u", "a", "messages")]
    [InlineData("""{"messages": "[{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}]"}""", "u", "a", "messages")]
    public void A_form_is_told_by_its_fields(string record, string prompt, string output, string form)
    {
        var dataset = Load(record);
        dataset.Description.ShouldBe($"{form}, JSON Lines");
        var example = dataset.Examples.ShouldHaveSingleItem();
        (example.PromptWithoutTemplate, example.Output).ShouldBe((prompt, output));
    }

    [Theory]
    [InlineData("""{"instruction": "i", "output": "o", "response": "r"}""", "output and response are both there")]
    [InlineData("""{"instruction": "i", "input": "i", "context": "c", "output": "r"}""", "input and context are both there")]
    [InlineData("""{"question": "q", "answer": "a", "context": "c"}""", "context stands beside question and would be dropped")]
    [InlineData("""{"problem": "p", "solution": "s", "answer": "5"}""", "answer stands beside problem and would be dropped")]
    [InlineData("""{"prompt": "p", "completion": "c", "input": "i"}""", "input stands beside prompt")]
    [InlineData("""{"prompt": "p", "chosen": "c", "rejected": "r"}""", "chosen stands beside prompt and would be dropped; --instruction-field")]
    [InlineData("""{"question": "q", "response": "a"}""", "response stands beside question and would be dropped; --instruction-field")]
    [InlineData("""{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}], "output": "other"}""", "output stands beside messages and is none of its turns")]
    [InlineData("""{"conversations": [{"from": "human", "value": "h"}, {"from": "function_call", "value": "{}"}]}""", "conversations[1].from is 'function_call', which is no speaker")]
    [InlineData("""{"conversations": [{"from": "human", "value": "h"}, {"from": "gpt", "value": "g"}], "history": [["a", "b"]]}""", "history stands beside conversations")]
    [InlineData("""{"system": "s", "conversations": [{"from": "system", "value": "t"}, {"from": "human", "value": "h"}, {"from": "gpt", "value": "g"}]}""", "system stands beside conversations that have a system turn")]
    [InlineData("""{"prompt": [{"role": "user", "content": "u"}], "completion": [{"role": "assistant", "content": "c"}, {"role": "assistant", "content": "d"}]}""", "completion must be one turn of the assistant")]
    [InlineData("""{"prompt": [{"role": "user", "content": "u"}], "completion": "c"}""", "prompt must be a text")]
    [InlineData("""{"query": "q", "reply": "r"}""", "has no instruction; a record has instruction and output, prompt and completion, messages, or one of the other forms of docs/data.md, but this one has query, reply; --instruction-field")]
    [InlineData("""{"input_ids": [1, 2]}""", "has input_ids without labels")]
    [InlineData("""{"input_ids": [1, 2], "labels": [1]}""", "has 2 input_ids and 1 labels")]
    [InlineData("""{"input_ids": [1, 2, 3], "labels": [-100, 3, 3]}""", "labels[1] is 3, but input_ids[1] is 2")]
    [InlineData("""{"input_ids": [1, 2, 3], "labels": [1, -100, -100]}""", "has no label that counts")]
    [InlineData("""{"input_ids": [1, -2], "labels": [-100, -2]}""", "input_ids[1] must be a whole number that is not negative, but is -2")]
    [InlineData("""{"input_ids": [1, 2], "labels": [-100, 2], "attention_mask": [0, 1]}""", "attention_mask that is not ones with zeros behind them")]
    [InlineData("""{"input_ids": [1, 2], "labels": [-100, 2], "attention_mask": [1, 0]}""", "labels that count where attention_mask is 0")]
    [InlineData("""{"input_ids": [1, 2], "labels": [-100, 2], "completion_mask": [0, 1]}""", "completion_mask stands beside input_ids")]
    public void What_would_be_dropped_is_refused(string record, string expected)
    {
        var message = Should.Throw<InputException>(() => Load(record)).Message;
        message.ShouldContain("record 0 (0-based): ");
        message.ShouldContain(expected);
        message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("""{"query": "q", "about": "c", "reply": "r"}""", "query", "about", "reply", "q\nc", "r")]
    [InlineData("""{"query": "q", "reply": "r", "output": "passed over"}""", "query", null, "reply", "q", "r")]
    [InlineData("""{"problem": "p", "solution": "s", "answer": "5"}""", null, null, "answer", "p", "5")]
    [InlineData("""{"prompt": "p", "chosen": "c", "rejected": "r"}""", null, null, "chosen", "p", "c")]
    [InlineData("""{"prompt": "p", "chosen": "c", "system_prompt": "s"}""", null, null, "chosen", "s\np", "c")]
    [InlineData("""{"q": [{"role": "user", "content": "u"}], "a": [{"role": "assistant", "content": "c"}]}""", "q", null, "a", "u", "c")]
    public void Fields_that_the_user_names_are_read(string record, string? instruction, string? input, string? output, string prompt, string response)
    {
        var example = Load(record, new DatasetFields(instruction, input, output)).Examples.ShouldHaveSingleItem();
        (example.PromptWithoutTemplate, example.Output).ShouldBe((prompt, response));
    }

    [Fact]
    public void A_field_that_is_named_and_not_there_is_told()
    {
        Should.Throw<InputException>(() => Load("""{"a": "b"}""", new DatasetFields("q", null, "a"))).Message.ShouldContain("record 0 (0-based): q is missing");
        Should.Throw<InputException>(() => Load("a,b\nc,d\n", new DatasetFields("q", null, "a"))).Message.ShouldContain("has no column 'q'; it is read as CSV, and has the columns a, b");
    }

    [Fact]
    public void Token_ids_keep_what_counts_and_lose_their_padding()
    {
        var example = Load("""{"input_ids": [5, 6, 7, 8, 0], "labels": [5, -100, 7, -100, -100], "attention_mask": [1, 1, 1, 1, 0], "text": "x"}""").Examples.ShouldHaveSingleItem();
        example.TokenIds!.Ids.ShouldBe([5, 6, 7, 8]);
        example.TokenIds.Counted.ShouldBe([2]);
        Should.Throw<InputException>(() => Load("""{"input_ids": [5, 6], "labels": [-100, 6]}""").RequireTexts("data corrupt")).Message.ShouldEndWith("record 0 (0-based): is token ids, and data corrupt works on texts");
    }

    /// <summary>Every record that the documentation shows is read as the form that it is shown for.</summary>
    [Fact]
    public void The_documented_records_are_read()
    {
        var rows = Documented().Matches(File.ReadAllText(Path.Combine(Shared.Repository, "docs", "data.md"))).ToList();
        rows.Count.ShouldBe(12);
        foreach (var row in rows)
        {
            Fields(row.Groups["form"].Value, out var form, out var fields);
            Load(row.Groups["record"].Value, fields).Description.ShouldBe(form + (row.Groups["record"].Value.StartsWith("{\"data\"", StringComparison.Ordinal) ? ", JSON" : ", JSON Lines"), row.Value);
        }

        static void Fields(string text, out string form, out DatasetFields fields)
        {
            var named = text.Contains("--instruction-field", StringComparison.Ordinal);
            form = named ? "query and reply" : text;
            fields = named ? new DatasetFields("query", null, "reply") : DatasetFields.None;
        }
    }

    private LoadedDataset Load(string text, DatasetFields? fields = null) => Dataset.Load(DatasetSource.OnDisk(_folder.Write("data", text)), fields);

    [GeneratedRegex(@"^\| (?<form>[^|`]+|`--instruction-field[^|]*) \| `(?<record>\{[^`]*\})` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Documented();
}
