using System.Text;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Model folders whose weights are files of torch.save, and eight-bit floats beside a scale.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class TorchCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Source => Shared.Path("models", "tiny", "llama2");

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void A_model_of_torch_save_whole_or_in_shards_gives_the_losses_of_its_safetensors()
    {
        CopyConfig();
        var tensors = SafetensorsBuilder.Read(Source);
        var expected = Losses(Source);
        TorchFileBuilder.Write(_folder.At("pytorch_model.bin"), tensors);
        Losses(_folder.Path).ShouldBe(expected);
        var hash = Hash();

        File.Delete(_folder.At("pytorch_model.bin"));
        WriteShards(tensors);
        Losses(_folder.Path).ShouldBe(expected);
        Hash().ShouldNotBe(hash);
        Hash().ShouldBe(Hash());

        File.Delete(_folder.At("pytorch_model-00002-of-00002.bin"));
        Should.Throw<InputException>(() => Checkpoint.Open(_folder.Path)).Message.ShouldContain("named in pytorch_model.bin.index.json, is missing");
    }

    [SharedFact]
    public void Safetensors_win_where_both_stand()
    {
        CopyConfig();
        File.Copy(Path.Combine(Source, "model.safetensors"), _folder.At("model.safetensors"));
        _folder.Write("pytorch_model.bin", "nothing that could be read");
        Losses(_folder.Path).ShouldBe(Losses(Source));
    }

    [SharedFact]
    public void A_model_of_torch_save_is_measured_and_a_hostile_pickle_in_its_place_is_refused_in_one_line()
    {
        CopyConfig();
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(Source, file), _folder.At(file));
        TorchFileBuilder.Write(_folder.At("pytorch_model.bin"), SafetensorsBuilder.Read(Source));
        var (status, _, error) = Measure("sound.jsonl");
        status.ShouldBe(0, error);

        TorchFileBuilder.WriteArchive(_folder.At("pytorch_model.bin"), Encoding.Latin1.GetBytes($"\u0080\u0002cposix\nsystem\nX\u0005\0\0\0touch\u0085R."));
        (status, _, error) = Measure("hostile.jsonl");
        status.ShouldBe(2);
        error.ShouldContain("pytorch_model.bin");
        error.ShouldContain("posix.system");
        error.TrimEnd().ShouldNotContain("\n");
        File.Exists(_folder.At("hostile.jsonl")).ShouldBeFalse();
    }

    [SharedTheory]
    [InlineData("_scale_inv")]
    [InlineData("_scale")]
    [InlineData(".scale")]
    public void Eight_bit_floats_are_read_alone_and_refused_beside_a_scale(string scale)
    {
        const string Name = "model.layers.0.mlp.up_proj.weight";
        CopyConfig();
        WriteEightBits(Name, null);
        using (var alone = Checkpoint.Open(_folder.Path))
        {
            CheckpointBinding.Of(alone).Notes.ShouldBeEmpty();
            var values = new float[4];
            alone.Read(Name, 0, values);
            values.ShouldAllBe(static value => value == 1f);
        }

        WriteEightBits(Name, Name + scale);
        using var scaled = Checkpoint.Open(_folder.Path);
        var message = Should.Throw<InputException>(() => CheckpointBinding.Of(scaled)).Message;
        message.ShouldContain($"'{Name}'");
        message.ShouldContain($"'{Name}{scale}'");
        message.ShouldNotContain("\n");
    }

    private static double[] Losses(string model)
    {
        using var checkpoint = Checkpoint.Open(model);
        return ReferenceLosses.Of(checkpoint, Source);
    }

    /// <summary>Writes the model as safetensors with one tensor in E4M3, each element 1.</summary>
    private void WriteEightBits(string name, string? scale)
    {
        var tensors = SafetensorsBuilder.Read(Source);
        if (scale is not null)
            tensors.Add((scale, [1], [2f]));
        var (header, data) = (new JsonObject(), new List<byte>());
        foreach (var (tensor, shape, values) in tensors)
        {
            var begin = data.Count;
            data.AddRange(tensor == name ? [.. Enumerable.Repeat((byte)0x38, values.Length)] : values.SelectMany(BitConverter.GetBytes));
            header[tensor] = new JsonObject
            {
                ["dtype"] = tensor == name ? "F8_E4M3" : "F32",
                ["shape"] = new JsonArray([.. shape.Select(static size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(begin, data.Count),
            };
        }

        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        _folder.Write("model.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);
    }

    private void WriteShards(List<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var map = new JsonObject();
        for (var shard = 0; shard < 2; shard++)
        {
            var name = $"pytorch_model-0000{shard + 1}-of-00002.bin";
            var part = tensors.Where((_, i) => i % 2 == shard).ToList();
            TorchFileBuilder.Write(_folder.At(name), part);
            foreach (var tensor in part)
                map[tensor.Name] = name;
        }

        _folder.Write("pytorch_model.bin.index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private (int Status, string Output, string Error) Measure(string name) => CommandLineRun.Of(
        "measure", "--model", _folder.Path, "--data", Shared.Path("reference", "examples.json"), "--limit", "1", "--out", _folder.At(name));

    private void CopyConfig() => File.WriteAllBytes(_folder.At("config.json"), File.ReadAllBytes(Path.Combine(Source, "config.json")));

    private string Hash()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        return checkpoint.Hash();
    }
}
