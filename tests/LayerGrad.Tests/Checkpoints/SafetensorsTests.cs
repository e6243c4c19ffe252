using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-safetensors-").FullName;

    public SafetensorsTests() => File.WriteAllText(Path.Combine(_folder, "config.json"), """{"model_type": "llama"}""");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedFact]
    public void What_the_safetensors_library_refuses_is_refused_in_one_line()
    {
        var cases = 0;
        foreach (var line in File.ReadLines(Shared.Path("reference", "malformed_safetensors.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var sample = document.RootElement;
            var name = sample.GetProperty("name").GetString()!;
            File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), Convert.FromHexString(sample.GetProperty("bytes").GetString()!));
            var mayRefuse = name is "duplicate key";
            if (!sample.GetProperty("accepted").GetBoolean())
            {
                Should.Throw<InputException>(() => Checkpoint.Open(_folder), name).Message.ShouldNotContain("\n");
            }
            else if (!mayRefuse)
            {
                using var checkpoint = Checkpoint.Open(_folder);
                checkpoint.Tensors.Values.Select(static tensor => (tensor.Name, tensor.DType, string.Join(',', tensor.Shape)))
                    .ShouldBe(sample.GetProperty("tensors").EnumerateObject().Select(static tensor => (
                        tensor.Name,
                        tensor.Value.GetProperty("dtype").GetString()!,
                        string.Join(',', tensor.Value.GetProperty("shape").EnumerateArray()))), ignoreOrder: true, name);
            }
            cases++;
        }
        cases.ShouldBe(307);
    }

    [Fact]
    public void Eight_bits_stand_for_what_their_formula_says()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(static code => (byte)code)];
        WriteModel("model.safetensors", ("e4m3", "F8_E4M3", [256], codes), ("e5m2", "F8_E5M2", [256], codes));
        using var checkpoint = Checkpoint.Open(_folder);
        var (e4m3, e5m2) = (new double[256], new double[256]);
        checkpoint.Read("e4m3", 0, e4m3);
        checkpoint.Read("e5m2", 0, e5m2);
        for (var code = 0; code < 256; code++)
        {
            e4m3[code].ShouldBe((code & 127) == 127 ? double.NaN : Formula(code, fractionBits: 3, bias: 7), $"E4M3 {code}");
            e5m2[code].ShouldBe((code & 127) switch { 124 => (code & 128) == 0 ? double.PositiveInfinity : double.NegativeInfinity, > 124 => double.NaN, _ => Formula(code, fractionBits: 2, bias: 15) }, $"E5M2 {code}");
        }

        static double Formula(int code, int fractionBits, int bias)
        {
            var (exponent, fraction) = ((code & 127) >> fractionBits, (code & ((1 << fractionBits) - 1)) / Math.Pow(2, fractionBits));
            var size = exponent == 0 ? fraction * Math.Pow(2, 1 - bias) : (1 + fraction) * Math.Pow(2, exponent - bias);
            return (code & 128) != 0 ? -size : size;
        }
    }

    [Theory]
    [InlineData("F32", 1)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 3)]
    [InlineData("F64", 4)]
    public void Any_range_is_converted_exactly(string dtype, int seed)
    {
        // Longer than a read buffer, and no multiple of a vector.
        const int count = 300_007;
        var random = new Random(seed);
        var bytes = new MemoryStream();
        var expected = new double[count];
        for (var i = 0; i < count; i++)
            expected[i] = Append(bytes, dtype, (float)((random.NextDouble() - 0.5) * 100));
        WriteModel("model.safetensors", ("w", dtype, [count], bytes.ToArray()));

        using var checkpoint = Checkpoint.Open(_folder);
        checkpoint.Tensors["w"].Elements.ShouldBe(count);
        checkpoint.Prefetch("w");
        foreach (var (start, length) in new[] { (0, count), (1, count - 1), (17, 100), (count - 1, 1), (count, 0), (131_071, 140_003) })
        {
            var singles = new float[length];
            var doubles = new double[length];
            checkpoint.Read("w", start, singles);
            checkpoint.Read("w", start, doubles);
            doubles.AsSpan().SequenceEqual(expected.AsSpan(start, length)).ShouldBeTrue($"[{start}, {start + length}) in float64");
            singles.AsSpan().SequenceEqual(Array.ConvertAll(expected, static value => (float)value).AsSpan(start, length)).ShouldBeTrue($"[{start}, {start + length})");
        }
        Should.Throw<ArgumentOutOfRangeException>(() => checkpoint.Read("w", count, new float[1]));
    }

    [Fact]
    public void Several_threads_read_at_once()
    {
        const int count = 1 << 20;
        var bytes = new MemoryStream();
        var expected = new double[count];
        for (var i = 0; i < count; i++)
            expected[i] = Append(bytes, "BF16", i % 977);
        WriteModel("model.safetensors", ("w", "BF16", [1024, 1024], bytes.ToArray()));
        using var checkpoint = Checkpoint.Open(_folder);
        var actual = new float[count];
        Parallel.For(0, 64, part =>
        {
            const int share = count / 64;
            checkpoint.Read("w", part * share, actual.AsSpan(part * share, share));
        });
        actual.AsSpan().SequenceEqual(Array.ConvertAll(expected, static value => (float)value)).ShouldBeTrue();
    }

    [Fact]
    public void Special_values_survive()
    {
        byte[] halves = [0x80, 0x7F, 0x80, 0xFF, 0xC0, 0x7F, 0x01, 0x00, 0x00, 0x80];
        WriteModel("model.safetensors", ("w", "BF16", [5], halves));
        using var checkpoint = Checkpoint.Open(_folder);
        var values = new float[5];
        checkpoint.Read("w", 0, values);
        values.ShouldBe([float.PositiveInfinity, float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0x10000), -0f]);
        float.IsNegative(values[4]).ShouldBeTrue();
    }

    [Fact]
    public void Every_half_is_converted_exactly()
    {
        var halves = Enumerable.Range(0, 1 << 16).SelectMany(static bits => BitConverter.GetBytes((ushort)bits)).ToArray();
        WriteModel("model.safetensors", ("w", "F16", [1 << 16], halves));
        using var checkpoint = Checkpoint.Open(_folder);
        var values = new float[1 << 16];
        checkpoint.Read("w", 0, values);
        for (var bits = 0; bits < values.Length; bits++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            // A signalling NaN may become a quiet one.
            (float.IsNaN(expected) ? float.IsNaN(values[bits]) : BitConverter.SingleToUInt32Bits(values[bits]) == BitConverter.SingleToUInt32Bits(expected))
                .ShouldBeTrue($"0x{bits:X4}: {values[bits]} for {expected}");
        }
    }

    [Fact]
    public void Shards_are_one_checkpoint()
    {
        WriteModel("model-00001-of-00002.safetensors", ("a", "F32", [2], [0, 0, 128, 63, 0, 0, 0, 64]));
        WriteModel("model-00002-of-00002.safetensors", ("b", "F32", [1], [0, 0, 64, 64]));
        WriteIndex(("a", "model-00001-of-00002.safetensors"), ("b", "model-00002-of-00002.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder);
        checkpoint.Tensors.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
        var value = new float[1];
        checkpoint.Read("a", 1, value);
        value[0].ShouldBe(2);
        checkpoint.Read("b", 0, value);
        value[0].ShouldBe(3);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        WriteIndex(("a", "model-00001-of-00002.safetensors"));
        Refusal().ShouldContain("model-00001-of-00002.safetensors");
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("folder/model.safetensors")]
    [InlineData("..\\\\outside.safetensors")]
    public void A_shard_outside_the_folder_is_refused(string shard)
    {
        WriteIndex(("a", shard));
        Refusal().ShouldContain("refused");
    }

    [Fact]
    public void A_tensor_that_its_shard_lacks_is_named()
    {
        WriteModel("one.safetensors", ("a", "F32", [1], new byte[4]));
        WriteIndex(("a", "one.safetensors"), ("b", "one.safetensors"));
        Refusal().ShouldContain("'b'");
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        WriteModel("one.safetensors", ("a", "F32", [1], new byte[4]));
        WriteModel("two.safetensors", ("a", "F32", [1], new byte[4]), ("b", "F32", [1], new byte[4]));
        WriteIndex(("a", "one.safetensors"), ("b", "two.safetensors"));
        Refusal().ShouldContain("'a'");
    }

    [Fact]
    public void A_type_that_is_not_supported_is_named()
    {
        WriteModel("model.safetensors", ("w", "F8_E8M0", [4], new byte[4]));
        Refusal().ShouldContain("F8_E8M0");
    }

    [Fact]
    public void Indices_beside_the_weights_do_no_harm_but_are_no_weights()
    {
        WriteModel("model.safetensors", ("position_ids", "I64", [1], new byte[8]));
        using var checkpoint = Checkpoint.Open(_folder);
        Should.Throw<InputException>(() => checkpoint.Read("position_ids", 0, new float[1])).Message.ShouldContain("I64");
        Should.Throw<InputException>(() => checkpoint.Read("other", 0, new float[1])).Message.ShouldContain("'other'");
    }

    [Fact]
    public void A_file_that_shrinks_under_the_run_is_an_error_that_names_it()
    {
        WriteModel("model.safetensors", ("w", "BF16", [100_000], new byte[200_000]));
        using var checkpoint = Checkpoint.Open(_folder);
        using (var file = new FileStream(Path.Combine(_folder, "model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(1000);
        var message = Should.Throw<InputException>(() => checkpoint.Read("w", 0, new float[100_000])).Message;
        message.ShouldContain("model.safetensors");
        message.ShouldContain("w");
    }

    [Fact]
    public void Missing_pieces_of_the_folder_are_named()
    {
        Refusal().ShouldContain("model.safetensors");
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{\n  \"a\": nope}");
        Refusal().ShouldContain("config.json:2:9");
        File.Delete(Path.Combine(_folder, "config.json"));
        Refusal().ShouldContain("config.json");
        Should.Throw<InputException>(() => Checkpoint.Open(Path.Combine(_folder, "nowhere"))).Message.ShouldContain("nowhere");
    }

    [Fact]
    public void The_hash_follows_contents_and_configuration_and_not_the_place()
    {
        WriteModel("model.safetensors", ("w", "F32", [1], new byte[4]));
        var first = HashOf(_folder);
        first.ShouldMatch("^sha256:[0-9a-f]{64}$");
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName;
        foreach (var file in Directory.GetFiles(_folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        HashOf(copy).ShouldBe(first);
        WriteModel("model.safetensors", ("w", "F32", [1], [0, 0, 0, 1]));
        HashOf(_folder).ShouldNotBe(first);
        File.AppendAllText(Path.Combine(copy, "config.json"), " ");
        HashOf(copy).ShouldNotBe(first);
    }

    private static string HashOf(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.Hash();
    }

    private string Refusal()
    {
        var message = Should.Throw<InputException>(() => Checkpoint.Open(_folder)).Message;
        message.ShouldNotContain("\n");
        return message;
    }

    private void WriteIndex(params (string Tensor, string Shard)[] entries) => File.WriteAllText(
        Path.Combine(_folder, "model.safetensors.index.json"),
        "{\"weight_map\": {" + string.Join(", ", entries.Select(static entry => $"\"{entry.Tensor}\": \"{entry.Shard}\"")) + "}}");

    private void WriteModel(string name, params (string Name, string DType, long[] Shape, byte[] Bytes)[] tensors)
    {
        var position = 0;
        var entries = new List<string>();
        foreach (var tensor in tensors)
        {
            entries.Add($$"""
                "{{tensor.Name}}": {"dtype": "{{tensor.DType}}", "shape": [{{string.Join(", ", tensor.Shape)}}], "data_offsets": [{{position}}, {{position + tensor.Bytes.Length}}]}
                """);
            position += tensor.Bytes.Length;
        }
        var header = Encoding.UTF8.GetBytes("{" + string.Join(", ", entries) + "}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(Path.Combine(_folder, name), [.. length, .. header, .. tensors.SelectMany(static tensor => tensor.Bytes)]);
    }

    /// <summary>Appends a value in a type and returns what it then stands for.</summary>
    private static double Append(MemoryStream bytes, string dtype, float value)
    {
        switch (dtype)
        {
            case "F32":
                bytes.Write(BitConverter.GetBytes(value));
                return value;
            case "F64":
                var wide = value * 1.000000001;
                bytes.Write(BitConverter.GetBytes(wide));
                return wide;
            case "F16":
                bytes.Write(BitConverter.GetBytes((Half)value));
                return (double)(Half)value;
            default:
                var bits = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                bytes.Write(BitConverter.GetBytes(bits));
                return BitConverter.UInt32BitsToSingle((uint)bits << 16);
        }
    }
}
