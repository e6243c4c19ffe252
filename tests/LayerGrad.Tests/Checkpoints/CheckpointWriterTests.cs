using System.Text.Json;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Checkpoints;

public sealed class CheckpointWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-writer-").FullName;
    private readonly JsonElement _config = JsonDocument.Parse("""{"model_type": "llama", "hidden_size": 4, "torch_dtype": "float16"}""").RootElement;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(StoredPrecision.Float32, "F32")]
    [InlineData(StoredPrecision.Float64, "F64")]
    internal void What_is_written_reads_back_exactly(StoredPrecision precision, string dtype)
    {
        var random = new Random(1);
        var singles = Enumerable.Range(0, 200_001).Select(_ => (float)random.NextDouble()).ToArray();
        var doubles = Enumerable.Range(0, 6).Select(_ => random.NextDouble()).ToArray();
        CheckpointWriter.Write(Out, _config, [new("z", [200_001], singles), new("a", [2, 3], doubles), new("empty", [0], Array.Empty<float>())], precision);

        using var checkpoint = Checkpoint.Open(Out);
        checkpoint.Config.GetProperty("model_type").GetString().ShouldBe("llama");
        checkpoint.Tensors["a"].DType.ShouldBe(dtype);
        checkpoint.Tensors["a"].Shape.ShouldBe([2, 3]);
        var z = new float[200_001];
        checkpoint.Read("z", 0, z);
        z.AsSpan().SequenceEqual(singles).ShouldBeTrue();
        var a = new double[6];
        checkpoint.Read("a", 0, a);
        a.ShouldBe(precision == StoredPrecision.Float64 ? doubles : doubles.Select(static value => (double)(float)value));
        Directory.GetFiles(Out).Select(Path.GetFileName).ShouldBe(["config.json", "model.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void Bfloat16_is_rounded_to_nearest_with_ties_to_even()
    {
        float[] values = [1f, 1f + (1f / 256), 1f + (3f / 256), 1f + (1f / 256) + (1f / 65536), float.NaN, float.PositiveInfinity, -0f, float.MaxValue];
        CheckpointWriter.Write(Out, _config, [new("w", [8], values)], StoredPrecision.BFloat16);
        using var checkpoint = Checkpoint.Open(Out);
        checkpoint.Config.GetProperty("torch_dtype").GetString().ShouldBe("bfloat16");
        var read = new float[8];
        checkpoint.Read("w", 0, read);
        read.ShouldBe([1f, 1f, 1f + (1f / 64), 1f + (1f / 128), float.NaN, float.PositiveInfinity, -0f, float.PositiveInfinity]);
    }

    [Fact]
    public void Tokenizer_files_come_along()
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "model.bin"), "not a tokenizer");
        CheckpointWriter.Write(Out, _config, [new("w", [1], new float[1])], StoredPrecision.Float32, _folder);
        File.ReadAllText(Path.Combine(Out, "tokenizer.json")).ShouldBe("{}");
        File.Exists(Path.Combine(Out, "model.bin")).ShouldBeFalse();
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_former_one()
    {
        CheckpointWriter.Write(Out, _config, [new("w", [1], new[] { 3f })], StoredPrecision.Float32);
        // A folder stands where the tokenizer's temporary file is renamed to: nothing after it may have been replaced.
        Directory.CreateDirectory(Path.Combine(Out, "tokenizer.json", "x"));
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), "{}");
        Should.Throw<InputException>(() => CheckpointWriter.Write(Out, _config, [new("w", [1], new[] { 4f })], StoredPrecision.Float32, _folder))
            .Message.ShouldNotContain("\n");
        using var checkpoint = Checkpoint.Open(Out);
        var value = new float[1];
        checkpoint.Read("w", 0, value);
        value[0].ShouldBe(3f);
        Directory.GetFiles(Out, "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    private string Out => Path.Combine(_folder, "out");
}
