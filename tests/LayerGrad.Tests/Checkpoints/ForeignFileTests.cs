using System.Text;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>What is no checkpoint is named for what it is, in one line.</summary>
public sealed class ForeignFileTests(ITestOutputHelper output) : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.safetensors", Pointer, "Git LFS pointer")]
    [InlineData("model.safetensors", "<!DOCTYPE html><html>", "HTML page")]
    [InlineData("model.safetensors", "PK\u0003\u0004zip and more", "zip archive")]
    [InlineData("model.safetensors", "GGUF and more", "GGUF file")]
    [InlineData("model.safetensors", "", "is empty")]
    [InlineData("model.safetensors.index.json", Pointer, "Git LFS pointer")]
    [InlineData("pytorch_model.bin", "a text of sixteen bytes", "is not a file of torch.save")]
    [InlineData("pytorch_model.bin", Pointer, "Git LFS pointer")]
    [InlineData("pytorch_model.bin", "", "is empty")]
    [InlineData("pytorch_model.bin", "PK\u0003\u0004zip and more", "broken zip archive")]
    [InlineData("pytorch_model.bin.index.json", Pointer, "Git LFS pointer")]
    [InlineData("pytorch_model-00001-of-00002.bin", "x", "which no pytorch_model.bin.index.json names")]
    [InlineData("weights.bin", "x", "rename the file to pytorch_model.bin")]
    [InlineData("adapter_model.safetensors", "x", "adapter")]
    [InlineData("model-q4.gguf", "x", "give that file itself")]
    [InlineData("tf_model.h5", "x", "TensorFlow")]
    [InlineData("flax_model.msgpack", "x", "Flax")]
    [InlineData("model.onnx", "x", "ONNX")]
    [InlineData("consolidated.00.pth", "x", "as their makers publish them")]
    [InlineData("weights.safetensors", "x", "rename")]
    public void A_folder_without_a_model_is_told_what_it_holds(string name, string contents, string expected)
    {
        _folder.Write("config.json", """{"model_type": "llama"}""");
        File.WriteAllBytes(_folder.At(name), Encoding.Latin1.GetBytes(contents));
        Refusal(_folder.Path).ShouldContain(expected);
    }

    [Theory]
    [InlineData("m.gguf", Pointer, "Git LFS pointer")]
    [InlineData("m.gguf", "<html>", "HTML page")]
    [InlineData("m.bin", "PK\u0003\u0004", "zip archive")]
    [InlineData("m.pt", "\u0080\u0002c", "pickle")]
    [InlineData("m.h5", "\u0089HDF\r\n", "HDF5")]
    [InlineData("m.onnx", "\b\u0007", "ONNX")]
    [InlineData("m.msgpack", "\u0081", "msgpack")]
    [InlineData("config.json", "{}", "JSON file")]
    [InlineData("m.bin", "tjgg", "before GGUF")]
    [InlineData("m.txt", "hello", "is not a GGUF file")]
    [InlineData("m.gguf", "", "is empty")]
    [InlineData("m.gguf", "GG", "is not a GGUF file")]
    public void A_file_that_is_no_gguf_is_named_for_what_it_is(string name, string contents, string expected)
    {
        File.WriteAllBytes(_folder.At(name), Encoding.Latin1.GetBytes(contents));
        Refusal(_folder.At(name)).ShouldContain(expected);
    }

    [Fact]
    public void A_header_whose_length_begins_like_a_pickle_is_a_header()
    {
        _folder.Write("config.json", """{"model_type": "llama"}""");
        var json = """{"w": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}""".PadRight(0x0280);
        File.WriteAllBytes(_folder.At("model.safetensors"), [.. BitConverter.GetBytes((long)json.Length), .. Encoding.UTF8.GetBytes(json), 0, 0, 0, 0]);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        checkpoint.Tensors.Keys.ShouldContain("w");
    }

    [SharedFact]
    public void Mutated_indices_end_in_one_line_or_in_a_model()
    {
        var (opened, refused) = (0, 0);
        foreach (var index in Directory.EnumerateFiles(Shared.Path("hostile", "mutated", "index"), "*", SearchOption.AllDirectories))
        {
            File.Copy(Shared.Path("models", "tiny", "llama2", "config.json"), _folder.At("config.json"), overwrite: true);
            File.Copy(Shared.Path("models", "tiny", "llama2", "model.safetensors"), _folder.At("a.safetensors"), overwrite: true);
            File.Copy(index, _folder.At("model.safetensors.index.json"), overwrite: true);
            try
            {
                using var checkpoint = Checkpoint.Open(_folder.Path);
                ReferenceLosses.Of(checkpoint, Shared.Path("models", "tiny", "llama2")).ShouldAllBe(static loss => double.IsFinite(loss));
                opened++;
            }
            catch (InputException error)
            {
                output.WriteLine(error.Message);
                error.Message.ShouldNotContain("\n");
                refused++;
            }
        }

        output.WriteLine($"{opened} opened, {refused} refused");
        (opened + refused).ShouldBeGreaterThan(0);
    }

    [SharedFact]
    public void A_gguf_file_that_is_cut_off_anywhere_is_refused_in_one_line()
    {
        var bytes = File.ReadAllBytes(Shared.Path("models", "gguf", "llama3.1.F32.gguf"));
        foreach (var length in Enumerable.Range(0, 60).Concat(Enumerable.Range(1, 40).Select(i => (int)((long)bytes.Length * i / 41))))
        {
            File.WriteAllBytes(_folder.At("m.gguf"), bytes[..length]);
            Refusal(_folder.At("m.gguf")).ShouldContain("m.gguf");
        }
    }

    private static string Refusal(string path)
    {
        var message = Should.Throw<InputException>(() => Checkpoint.Open(path)).Message;
        message.ShouldNotContain("\n");
        return message;
    }
}
