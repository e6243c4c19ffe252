using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Tests.Support;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Experts that a checkpoint stores all in one are the same experts.</summary>
public sealed class ExpertStackTests
{
    public static TheoryData<string, bool> Stacked() => new()
    {
        { "qwen3_moe", false },
        { "qwen3_moe", true },
        { "qwen2_moe", false },
        { "glm4_moe", true },
        { "ernie4_5_moe", false },
        { "minimax_m2", false },
        { "minimax_m2", true },
    };

    [SharedTheory]
    [MemberData(nameof(Stacked))]
    public void Stacks_in_either_orientation_are_read_as_single_experts(string family, bool transposed)
    {
        using var folder = new TemporaryFolder();
        var source = Shared.Path("models", "today", family);
        SafetensorsBuilder.Write(folder.Path, source, [.. Stack(SafetensorsBuilder.Read(source), family, transposed)]);

        using var single = Checkpoint.Open(source);
        using var stacked = Checkpoint.Open(folder.Path);
        stacked.Tensors.Keys.ShouldBe(single.Tensors.Keys, ignoreOrder: true);
        foreach (var tensor in single.Tensors.Values)
        {
            stacked.Tensors[tensor.Name].ShouldBe(tensor with { Shape = stacked.Tensors[tensor.Name].Shape });
            stacked.Tensors[tensor.Name].Shape.ShouldBe(tensor.Shape);
            SameElements(stacked, single, tensor);
        }

        ReferenceLosses.Of(stacked, source).ShouldBe(ReferenceLosses.Of(single, source));
    }

    [SharedFact]
    public void A_router_in_float32_among_weights_in_bfloat16_is_read_as_it_is_stored()
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        var source = Shared.Path("models", "today", "glm4_moe");
        var tensors = SafetensorsBuilder.Read(source);
        SafetensorsBuilder.WriteMixed(folder.Path, source, tensors, isHalf: name => !IsRouter(name));
        SafetensorsBuilder.Write(other.Path, source, [.. tensors.Select(tensor => IsRouter(tensor.Name) ? tensor : tensor with { Values = Array.ConvertAll(tensor.Values, SafetensorsBuilder.AsBFloat16) })]);

        using var mixed = Checkpoint.Open(folder.Path);
        using var rounded = Checkpoint.Open(other.Path);
        mixed.Tensors.Values.Select(tensor => tensor.DType).Distinct().ShouldBe(["F32", "BF16"], ignoreOrder: true);
        foreach (var tensor in rounded.Tensors.Values)
            SameElements(mixed, rounded, tensor);
        var (losses, expected) = (ReferenceLosses.Of(mixed, source), ReferenceLosses.Of(rounded, source));
        losses.ShouldBe(expected);
        using var full = Checkpoint.Open(source);
        losses.ShouldNotBe(ReferenceLosses.Of(full, source));

        static bool IsRouter(string name) => name.Contains(".mlp.gate.", StringComparison.Ordinal);
    }

    [SharedFact]
    public void An_expert_that_is_stored_twice_is_refused_by_both_names()
    {
        using var folder = new TemporaryFolder();
        var source = Shared.Path("models", "today", "qwen3_moe");
        var tensors = SafetensorsBuilder.Read(source);
        var one = tensors.Find(tensor => tensor.Name == "model.layers.2.mlp.experts.5.up_proj.weight");
        SafetensorsBuilder.Write(folder.Path, source, [.. Stack(tensors, "qwen3_moe", transposed: false), one]);

        var error = Should.Throw<InputException>(() => Checkpoint.Open(folder.Path));

        error.Message.ShouldContain(one.Name);
        error.Message.ShouldContain("model.layers.2.mlp.experts.gate_up_proj");
        error.Message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData(new long[] { 1L << 40, 0, 8 }, new long[] { 1L << 40, 8, 0 })]
    [InlineData(new long[] { 2, 6, 4 }, new long[] { 2, 4, 2 })]
    [InlineData(new long[] { 2, 6, 4 }, new long[] { 3, 4, 3 })]
    [InlineData(new long[] { 2, 6, 4 }, new long[] { 4, 3 })]
    public void Tensors_that_are_no_experts_stay_what_they_are(long[] gateUp, long[] down)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("config.json"), """{"model_type": "qwen3_moe"}""");
        SafetensorsBuilder.Write(folder.Path, folder.Path,
        [
            ("model.layers.0.mlp.experts.gate_up_proj", gateUp, new float[gateUp.Aggregate(1L, (a, b) => a * b)]),
            ("model.layers.0.mlp.experts.down_proj", down, new float[down.Aggregate(1L, (a, b) => a * b)]),
        ]);

        using var checkpoint = Checkpoint.Open(folder.Path);

        checkpoint.Tensors.Keys.ShouldBe(["model.layers.0.mlp.experts.gate_up_proj", "model.layers.0.mlp.experts.down_proj"], ignoreOrder: true);
    }

    [SharedTheory]
    [InlineData("granitemoeshared")]
    [InlineData("gpt_oss")]
    public void A_trained_model_is_saved_as_its_class_loads_it(string family)
    {
        using var folder = new TemporaryFolder();
        var source = Shared.Path("models", "today", family);

        TrainingRun.Execute(new TrainingOptions
        {
            Model = source,
            Data = [Shared.Path("reference", "examples.json")],
            Out = folder.At("trained"),
            Steps = 1,
            Optimizer = new OptimizerOptions { Name = "sgd", LearningRate = 1e-30 },
        });

        var (before, after) = (Header(source), Header(folder.At("trained")));
        after.ShouldBe(before, ignoreOrder: true);
        using var expected = Checkpoint.Open(source);
        using var trained = Checkpoint.Open(folder.At("trained"));
        foreach (var tensor in expected.Tensors.Values)
            SameElements(trained, expected, tensor);
    }

    private static IEnumerable<string> Header(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, "model.safetensors"));
        using var reader = new BinaryReader(file);
        using var header = System.Text.Json.JsonDocument.Parse(reader.ReadBytes((int)reader.ReadInt64()));
        return [.. header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").Select(entry => $"{entry.Name} {entry.Value.GetProperty("shape")}")];
    }

    private static void SameElements(Checkpoint actual, Checkpoint expected, TensorInfo tensor)
    {
        var (ours, theirs) = (new double[tensor.Elements], new double[tensor.Elements]);
        actual.Read(tensor.Name, 0, ours);
        expected.Read(tensor.Name, 0, theirs);
        ours.AsSpan().SequenceEqual(theirs).ShouldBeTrue(tensor.Name);

        // Parts that begin and end within rows.
        for (var start = 0; start < tensor.Elements; start += 37)
        {
            var part = new float[Math.Min(tensor.Elements - start, 1 + (start * 7 % 301))];
            actual.Read(tensor.Name, start, part);
            part.ShouldBe(theirs.Skip(start).Take(part.Length).Select(value => (float)value));
        }
    }

    /// <summary>Puts the experts of a layer into stacks, as the model's class holds them.</summary>
    private static IEnumerable<(string Name, long[] Shape, float[] Values)> Stack(List<(string Name, long[] Shape, float[] Values)> tensors, string family, bool transposed)
    {
        foreach (var tensor in tensors.Where(tensor => !tensor.Name.Contains(".experts.", StringComparison.Ordinal)))
            yield return tensor with { Name = family == "minimax_m2" ? tensor.Name.Replace("block_sparse_moe", "mlp", StringComparison.Ordinal) : tensor.Name };
        foreach (var layer in tensors.Where(tensor => tensor.Name.Contains(".experts.", StringComparison.Ordinal)).GroupBy(tensor => tensor.Name.Split('.')[2]))
        {
            var experts = layer.ToDictionary(tensor => string.Join('.', tensor.Name.Split('.')[5..7]));
            var count = experts.Keys.Select(name => name.Split('.')[0]).Distinct().Count();
            string[] names = family == "minimax_m2" ? ["w1", "w3", "w2"] : ["gate_proj", "up_proj", "down_proj"];
            yield return Joined($"model.layers.{layer.Key}.mlp.experts.gate_up_proj", names[..2]);
            yield return Joined($"model.layers.{layer.Key}.mlp.experts.down_proj", names[2..]);

            (string Name, long[] Shape, float[] Values) Joined(string name, string[] parts)
            {
                var (rows, columns) = (parts.Length * experts[$"0.{parts[0]}"].Shape[0], experts[$"0.{parts[0]}"].Shape[1]);
                var matrices = Enumerable.Range(0, count).Select(e => parts.SelectMany(part => experts[$"{e}.{part}"].Values).ToArray());
                return transposed
                    ? (name, [count, columns, rows], [.. matrices.SelectMany(matrix => Transposed(matrix, (int)rows, (int)columns))])
                    : (name, [count, rows, columns], [.. matrices.SelectMany(matrix => matrix)]);
            }
        }
    }

    private static IEnumerable<float> Transposed(float[] matrix, int rows, int columns) =>
        Enumerable.Range(0, columns).SelectMany(column => Enumerable.Range(0, rows).Select(row => matrix[(row * columns) + column]));
}
