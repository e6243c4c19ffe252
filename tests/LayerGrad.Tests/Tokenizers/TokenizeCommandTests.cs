using System.Text.Json;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Tokenizers;

[Collection(nameof(CommandLineRun))]
public class TokenizeCommandTests
{
    [SharedFact]
    public void A_file_of_texts_gives_the_lines_of_the_reference()
    {
        var reference = Shared.Path("reference", "tokenizers", "cut-qwen2.jsonl");
        var (status, output, _) = CommandLineRun.Of("tokenize", Shared.Path("models", "tiny", "qwen2"), "--file", reference);
        status.ShouldBe(CommandLine.Done);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var expected = File.ReadAllLines(reference);
        lines.Length.ShouldBe(expected.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            using var want = JsonDocument.Parse(expected[i]);
            using var have = JsonDocument.Parse(lines[i]);
            foreach (var key in new[] { "ids", "ids_without_special", "offsets" })
                JsonElement.DeepEquals(have.RootElement.GetProperty(key), want.RootElement.GetProperty(key)).ShouldBeTrue(expected[i]);
        }
    }

    [SharedFact]
    public void Texts_may_stand_on_the_command_line()
    {
        var (status, output, _) = CommandLineRun.Of("tokenize", Shared.Path("models", "gguf", "llama3.1.F32.gguf"), "a");
        status.ShouldBe(CommandLine.Done);
        output.Trim().ShouldBe("""{"ids":[822,64],"ids_without_special":[64],"offsets":[[0,0],[0,1]]}""");
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": 1}\n", ":2: text must be a text, but is 1")]
    [InlineData("{\"txt\": \"a\"}\n", ":1: text is missing")]
    [InlineData("{\"text\": a}\n", ":1:10: not valid JSON: 'a' cannot stand here")]
    public void A_broken_line_ends_with_status_2_and_its_place(string lines, string place)
    {
        using var tokenizer = new TokenizerFolder();
        tokenizer.Load();
        var file = Path.Combine(Path.GetDirectoryName(tokenizer.FilePath)!, "texts.jsonl");
        File.WriteAllText(file, lines);
        var (status, _, error) = CommandLineRun.Of("tokenize", Path.GetDirectoryName(tokenizer.FilePath)!, "--file", file);
        status.ShouldBe(CommandLine.WrongInput);
        error.Trim().ShouldBe($"layergrad: {file}{place}");
    }
}
