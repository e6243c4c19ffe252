using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Weights that are stored as values and scales apart, decoded as they are read.</summary>
public sealed class QuantizedTensorTests : IDisposable
{
    private const string Weight = "model.layers.0.mlp.down_proj.weight";
    private const string Mxfp4 = """{"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}""";
    private const string Fp8 = """{"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [4, 3]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Four_bit_values_are_their_value_times_two_to_their_scale()
    {
        var random = new Random(3);
        var (blocks, scales) = (new byte[2 * 4 * 3 * 16], new byte[2 * 4 * 3]);
        random.NextBytes(blocks);
        for (var i = 0; i < scales.Length; i++)
            scales[i] = (byte)random.Next(100, 140);
        (scales[0], scales[1]) = (0, 252);
        Write(Mxfp4, ("w_blocks", [2, 4, 3, 16], "U8", blocks), ("w_scales", [2, 4, 3], "U8", scales));

        using var checkpoint = Checkpoint.Open(_folder.Path);

        double[] magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
        var expected = Enumerable.Range(0, 2 * 4 * 96).Select(i =>
        {
            var nibble = blocks[i / 2] >> (i % 2 * 4) & 15;
            return (nibble >= 8 ? -1 : 1) * magnitudes[nibble & 7] * Math.Pow(2, scales[i / 32] - 127);
        }).ToArray();
        checkpoint.Tensors["w"].ShouldSatisfyAllConditions(tensor => tensor.Shape.ShouldBe([2, 4, 96]), tensor => tensor.DType.ShouldBe("MXFP4"), tensor => tensor.Bytes.ShouldBe(408));
        checkpoint.Tensors.Keys.ShouldBe(["w"]);
        SameElements(checkpoint, "w", expected);
    }

    [Theory]
    [InlineData(8, 6)]
    [InlineData(10, 7)]
    [InlineData(3, 2)]
    public void Eight_bit_values_are_their_value_times_the_scale_of_their_block(int rows, int columns)
    {
        var (downs, acrosses) = ((rows + 3) / 4, (columns + 2) / 3);
        var values = Enumerable.Range(0, rows * columns).Select(i => (byte)(i * 37 % 126)).ToArray();
        var scales = Enumerable.Range(0, downs * acrosses).Select(i => 0.125f * (i + 1)).ToArray();
        Write(Fp8, (Weight, [rows, columns], "F8_E4M3", values), (Weight + "_scale_inv", [downs, acrosses], "F32", MemoryMarshal.AsBytes(scales.AsSpan()).ToArray()));

        using var checkpoint = Checkpoint.Open(_folder.Path);

        var expected = values.Select((bits, i) => Element(bits) * scales[i / columns / 4 * acrosses + i % columns / 3]).ToArray();
        checkpoint.Tensors.Keys.ShouldBe([Weight]);
        SameElements(checkpoint, Weight, expected);
    }

    [Theory]
    [InlineData("_scale_inv", 7)]
    [InlineData("_scales_inv", 4)]
    public void Experts_in_one_tensor_of_eight_bits_have_blocks_of_their_own(string end, int inner)
    {
        const int Experts = 3, Hidden = 7;
        const string Prefix = "model.layers.0.mlp.experts";
        var expected = new Dictionary<string, double[]>();
        var (up, down) = (Stack("gate_up_proj", 2 * inner, Hidden), Stack("down_proj", Hidden, inner));
        for (var expert = 0; expert < Experts; expert++)
        {
            expected[$"{Prefix}.{expert}.gate_proj.weight"] = up.Exact[expert][..(inner * Hidden)];
            expected[$"{Prefix}.{expert}.up_proj.weight"] = up.Exact[expert][(inner * Hidden)..];
            expected[$"{Prefix}.{expert}.down_proj.weight"] = down.Exact[expert];
        }

        Write(Fp8, [.. up.Stored, .. down.Stored]);
        using (var checkpoint = Checkpoint.Open(_folder.Path))
        {
            checkpoint.Tensors.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
            foreach (var (name, values) in expected)
                SameElements(checkpoint, name, values);
        }

        Write(Fp8, [up.Stored[0], .. down.Stored]);
        Message().ShouldContain("gate_up_proj_scale_inv");
        Write(Fp8, [up.Stored[0], up.Stored[1] with { Shape = [Experts, up.Stored[1].Shape[2], up.Stored[1].Shape[1]] }, .. down.Stored]);
        Message().ShouldContain($"gate_up_proj{end}");

        ((string Name, long[] Shape, string DType, byte[] Data)[] Stored, double[][] Exact) Stack(string name, int rows, int columns)
        {
            var (downs, acrosses) = ((rows + 3) / 4, (columns + 2) / 3);
            var values = Enumerable.Range(0, Experts * rows * columns).Select(i => (byte)((i * 53 % 126) + (i % 3 == 0 ? 128 : 0))).ToArray();
            var scales = Enumerable.Range(0, Experts * downs * acrosses).Select(i => 0.125f * (i + 1)).ToArray();
            var exact = values.Chunk(rows * columns).Select((matrix, e) => matrix.Select((bits, i) => Element(bits) * scales[(((e * downs) + (i / columns / 4)) * acrosses) + (i % columns / 3)]).ToArray());
            return (
                [
                    ($"{Prefix}.{name}", [Experts, rows, columns], "F8_E4M3", values),
                    ($"{Prefix}.{name}{end}", [Experts, downs, acrosses], "F32", MemoryMarshal.AsBytes(scales.AsSpan()).ToArray()),
                ],
                [.. exact]);
        }
    }

    [Fact]
    public void Values_without_scales_that_fit_are_refused_by_name()
    {
        Write(Mxfp4, ("w_blocks", [2, 4, 3, 16], "U8", new byte[384]), ("w_scales", [2, 4, 2], "U8", new byte[16]));
        Message().ShouldContain("w_scales");
        Write(Mxfp4, ("w_blocks", [2, 4, 3, 16], "U8", new byte[384]));
        Message().ShouldContain("w_scales");
        Write(Fp8, (Weight, [8, 6], "F8_E4M3", new byte[48]), (Weight + "_scale_inv", [2, 3], "F32", new byte[24]));
        Message().ShouldContain("_scale_inv");
        Write(Fp8, (Weight, [8, 6], "F8_E4M3", new byte[48]));
        Message().ShouldContain("_scale_inv");
    }

    [SharedFact]
    public void A_trained_model_is_saved_as_what_it_is_no_longer_quantised()
    {
        var source = Shared.Path("models", "today", "gpt_oss_mxfp4");
        TrainingRun.Execute(new TrainingOptions
        {
            Model = source,
            Data = [Shared.Path("reference", "examples.json")],
            Out = _folder.At("trained"),
            Steps = 1,
            Optimizer = new OptimizerOptions { Name = "sgd", LearningRate = 1e-30 },
        });

        using var quantised = Checkpoint.Open(source);
        using var trained = Checkpoint.Open(_folder.At("trained"));
        trained.Config.TryGetProperty("quantization_config", out _).ShouldBeFalse();
        foreach (var tensor in quantised.Tensors.Values)
        {
            var values = new double[tensor.Elements];
            quantised.Read(tensor.Name, 0, values);
            var ours = new double[tensor.Elements];
            trained.Read(tensor.Name, 0, ours);
            ours.ShouldBe(values, 1e-25, tensor.Name); // Zeros have moved by the learning rate.
        }
    }

    /// <summary>An element of e4m3 by its bits: sign, four of exponent (bias 7), three of fraction.</summary>
    private static double Element(byte bits)
    {
        var (sign, exponent) = (bits >= 128 ? -1 : 1, (bits & 127) >> 3);
        return sign * (exponent == 0 ? (bits & 7) / 512.0 : (1 + ((bits & 7) / 8.0)) * Math.Pow(2, exponent - 7));
    }

    private void Write(string settings, params (string Name, long[] Shape, string DType, byte[] Data)[] tensors)
    {
        File.WriteAllText(_folder.At("config.json"), """{"model_type": "llama"}""");
        SafetensorsBuilder.WriteRaw(_folder.Path, _folder.Path, tensors, ("quantization_config", JsonNode.Parse(settings)));
    }

    private string Message()
    {
        var message = Should.Throw<InputException>(() => Checkpoint.Open(_folder.Path)).Message;
        message.ShouldNotContain("\n");
        return message;
    }

    private static void SameElements(Checkpoint checkpoint, string name, double[] expected)
    {
        var all = new double[expected.Length];
        checkpoint.Read(name, 0, all);
        all.ShouldBe(expected);
        for (var start = 0; start < expected.Length; start += 29)
        {
            var part = new float[Math.Min(expected.Length - start, 1 + (start * 7 % 97))];
            checkpoint.Read(name, start, part);
            part.ShouldBe(expected.Skip(start).Take(part.Length).Select(static value => (float)value));
        }
    }
}
