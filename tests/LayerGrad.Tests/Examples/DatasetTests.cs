using System.Text;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Examples;

public sealed class DatasetTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private IReadOnlyList<Example> Load(string text)
    {
        File.WriteAllText(_path, text);
        return Dataset.Load(_path);
    }

    private string ErrorOf(string text) => Should.Throw<InputException>(() => Load(text)).Message.Replace(_path, "DATA", StringComparison.Ordinal);

    [Fact]
    public void An_array_of_instructions_is_read_in_order()
    {
        var examples = Load("""[{"instruction": "a", "input": "b", "output": "c"}, {"instruction": "d", "output": "e", "other": 3}]""");
        examples.ShouldBe([new Example(0, "a", "b", "c"), new Example(1, "d", "", "e")]);
        examples.Select(example => example.InstructionWithInput).ShouldBe(["a\nb", "d"]);
    }

    [Fact]
    public void One_record_a_line_is_read_whatever_the_line_ends_and_blank_lines() =>
        Load("{\"prompt\": \"a\", \"completion\": \"b\"}\r\n\n{\"instruction\": \"c\", \"input\": null, \"output\": \"\"}")
            .ShouldBe([new Example(0, "a", "", "b"), new Example(1, "c", "", "")]);

    [Fact]
    public void What_stands_in_keys_that_are_not_read_does_not_matter() =>
        Load("""[{"instruction": "a", "output": "b", "score": NaN, "range": [-Infinity, Infinity], "id": 1e999, "input": "NaN", "score": {}}]""")
            .ShouldBe([new Example(0, "a", "NaN", "b")]);

    [Fact]
    public void A_byte_order_mark_is_tolerated()
    {
        File.WriteAllText(_path, """[{"instruction": "é", "output": "😀"}]""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Dataset.Load(_path).ShouldBe([new Example(0, "é", "", "😀")]);
    }

    [Fact]
    public void Text_is_not_normalised_or_trimmed() =>
        Load("""{"instruction": " e\u0301\r\n ", "output": "\ud83d\ude00\t\u00a0"}""")
            .ShouldBe([new Example(0, " e\u0301\r\n ", "", "😀\t\u00a0")]);

    [Fact]
    public void The_last_assistant_turn_of_a_conversation_is_the_response()
    {
        var example = Load("""
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"},
             {"role": "user", "content": [{"type": "text", "text": "v"}, {"type": "text", "text": "w"}]}, {"role": "assistant", "content": "b"},
             {"role": "user", "content": "after"}]}
            """).ShouldHaveSingleItem();
        example.Instruction.ShouldBe("s\nu\na\nvw");
        example.Output.ShouldBe("b");
        example.Messages!.Select(turn => (turn.Role, turn.Content)).ShouldBe([("system", "s"), ("user", "u"), ("assistant", "a"), ("user", "vw")]);
    }

    [Theory]
    [InlineData("", "DATA: the file is empty")]
    [InlineData("[]", "DATA: the dataset has no records.")]
    [InlineData("[{\"instruction\": \"é\", \"output\": 'x'}]", "DATA:1:33: not valid JSON: ''' cannot stand here")]
    [InlineData("[\n {\"instruction\": \"a\",\n", "DATA:3:1: not valid JSON")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\"}\n{\"instruction\": a}\n", "DATA:2:17: not valid JSON")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"}, {\"instruction\": \"a\"}]", "DATA: record 1 (0-based): output is missing; --output-field")]
    [InlineData("[{\"output\": \"b\"}]", "DATA: record 0 (0-based): has no instruction; a record has")]
    [InlineData("[{\"instruction\": 3, \"output\": \"b\"}]", "DATA: record 0 (0-based): instruction must be a text, but is 3")]
    [InlineData("[{\"instruction\": \"a\", \"output\": null}]", "DATA: record 0 (0-based): output is null")]
    [InlineData("[{\"prompt\": \"a\"}]", "DATA: record 0 (0-based): completion is missing")]
    [InlineData("[\"a\"]", "DATA: record 0 (0-based): is a text; it should be an object")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"\\ud83d\"}]", "DATA: record 0 (0-based): output is a text that is not valid Unicode")]
    [InlineData("[{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}]", "DATA: record 0 (0-based): has no assistant turn")]
    [InlineData("[{\"messages\": [{\"role\": \"user\"}]}]", "DATA: record 0 (0-based): messages[0].content is missing")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"}] []", "DATA: something follows the array of 1 records")]
    [InlineData("[{\"messages\": {}}]", "DATA: record 0 (0-based): messages must be an array, but is an object")]
    [InlineData("[{\"messages\": [3]}]", "DATA: record 0 (0-based): messages[0] must be an object, but is 3")]
    [InlineData("[{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}]", "DATA: record 0 (0-based): messages[0].content[0] is a part without text")]
    [InlineData("[{\"\\udc00\": 1, \"instruction\": 1, \"messag\\udc00\": 1}]", "DATA: record 0 (0-based): the top level has a key that is not valid Unicode")]
    [InlineData("[{\"instruction\": NaN, \"output\": \"b\"}]", "DATA: record 0 (0-based): instruction must be a text, but is NaN")]
    public void What_is_wrong_with_a_file_is_said_with_its_place(string text, string expected)
    {
        var error = ErrorOf(text);
        error.ShouldStartWith(expected);
        error.ShouldNotContain('\n');
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Should.Throw<InputException>(() => Dataset.Load(_path + ".missing")).Message.ShouldContain(".missing: no such file");
        var folder = Directory.CreateTempSubdirectory("layergrad-").FullName;
        Should.Throw<InputException>(() => Dataset.Load(folder)).Message.ShouldContain("holds no file of data");
        Directory.Delete(folder);
    }

    [SharedFact]
    public void The_study_s_own_files_are_read()
    {
        Dataset.Load(Shared.Path("datasets", "cot_500", "aqua_train_no_cot.json")).Count.ShouldBe(500);
        Dataset.Load(Shared.Path("reference", "examples.json")).Count.ShouldBe(14);
    }
}
