using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Tests.Decoders;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>Choices of experts that another precision may make differently are counted wherever the run speaks of them.</summary>
public sealed class RouterNearTieTests
{
    private const int Experts = 4;
    private const int ExpertsPerToken = 2;

    [Fact]
    public void They_are_those_of_the_router_s_scores()
    {
        var specification = FamilyVariants.Describe("olmoe", $$"""{"num_experts": {{Experts}}, "num_experts_per_tok": {{ExpertsPerToken}}}""");
        var parameters = new RandomParameters(specification);
        var routers = specification.Layers.Select(layer => ((MixtureOfExpertsSpecification)layer.FeedForward!).Router.Weight).ToList();
        foreach (var router in routers)
        {
            // Scores that lie so close together that some choices are nearly tied and some are not.
            var values = parameters[router];
            for (var i = 0; i < values.Length; i++)
                values[i] *= 1e-3;
        }

        var random = new Random(5);
        var batch = new PackedBatch([.. Enumerable.Range(0, 4).Select(i => (Enumerable.Range(0, 40 + i).Select(_ => random.Next(23)).ToArray(), 10))]);
        using var device = new CpuDevice<double>(1);
        using var decoder = new Decoder<double>(device, specification, new WeightStore<double>(device, specification, parameters, int.MaxValue, residentHead: true), specification.Layers.Count);
        var inputs = new RouterInputs(device, [.. routers.Select(router => router.Name)]);

        var result = decoder.Backward(batch, inputs);

        for (var example = 0; example < batch.Segments.Count; example++)
        {
            var segment = batch.Segments[example];
            var expected = routers.Sum(router => Enumerable.Range(segment.Start, segment.Length)
                .Count(token => IsNearTie(Scores(parameters[router], inputs.Of(router.Name), token, router.Columns))));
            result.RouterNearTies[example].ShouldBe(expected);
            expected.ShouldBeInRange(1, (segment.Length * routers.Count) - 1);
        }
    }

    [SharedFact]
    public void Experts_that_a_router_cannot_tell_apart_tie_for_every_token_in_every_layer()
    {
        using var folder = new TemporaryFolder();
        var model = Shared.Path("models", "more", "olmoe");
        using (var checkpoint = Checkpoint.Open(model))
        {
            CheckpointWriter.Write(
                folder.At("model"), checkpoint.Config, checkpoint.Tensors.Values.Select(tensor => WithoutRouting(checkpoint, tensor)), StoredPrecision.Float32, model);
        }

        var summary = MeasureRun.Execute(new MeasureRunOptions
        {
            Model = folder.At("model"),
            Data = Shared.Path("reference", "examples.json"),
            Out = folder.At("run.jsonl"),
            Limit = 5,
            Measurement = new()
            {
                Precision = Precision.Float64,
            },
        });

        var metadata = RunMetadata.Read(folder.At("run.meta.json"));
        var choices = 0L;
        foreach (var text in File.ReadLines(folder.At("run.jsonl")))
        {
            using var line = JsonDocument.Parse(text);
            var tokens = line.RootElement.GetProperty("tokens").GetProperty("total").GetInt32();
            line.RootElement.GetProperty("router_near_ties").GetInt32().ShouldBe(tokens * metadata.Layers);
            choices += tokens * metadata.Layers;
        }

        summary.NearlyTied.ShouldBe(summary.Measured);
        summary.Measured.ShouldBeGreaterThan(3);
        metadata.Results.ShouldBe(new RunResults(summary.Measured, 5 - summary.Measured, summary.Measured, choices));
    }

    /// <summary>A router of zeros gives every expert the same score.</summary>
    private static WrittenTensor WithoutRouting(Checkpoint checkpoint, TensorInfo tensor)
    {
        var values = new float[tensor.Shape.Aggregate(1L, (product, size) => product * size)];
        if (!tensor.Name.EndsWith("mlp.gate.weight", StringComparison.Ordinal))
            checkpoint.Read(tensor.Name, 0, values);
        return new WrittenTensor(tensor.Name, tensor.Shape, values);
    }

    private static double[] Scores(double[] router, double[] inputs, int token, int columns) =>
        [.. Enumerable.Range(0, Experts).Select(expert => Enumerable.Range(0, columns).Sum(i => router[(expert * columns) + i] * inputs[(token * columns) + i]))];

    /// <summary>The worst expert that is chosen and the best that is not, within 1e-4 of the larger of 1 and the score.</summary>
    private static bool IsNearTie(double[] scores)
    {
        var ordered = scores.OrderDescending().ToArray();
        return ordered[ExpertsPerToken - 1] - ordered[ExpertsPerToken] < 1e-4 * Math.Max(1, Math.Abs(ordered[ExpertsPerToken - 1]));
    }

    /// <summary>Keeps what the routers read.</summary>
    private sealed class RouterInputs(Device<double> device, HashSet<string> routers) : IGradientSink<double>
    {
        private readonly Dictionary<string, double[]> _inputs = [];

        public double[] Of(string router) => _inputs[router];

        public bool Wants(ParameterSpecification weight) => routers.Contains(weight.Name);

        public Matrix<double>? Accumulator(ParameterSpecification parameter) => null;

        public void Begin(int examples)
        {
        }

        public void End(IReadOnlyList<double> losses)
        {
        }

        public void Linear(LinearGradient<double> gradient)
        {
            foreach (var output in gradient.Outputs.Where(output => routers.Contains(output.Linear.Weight.Name)))
            {
                var values = new double[gradient.Input.Count];
                device.Download(gradient.Input, values);
                _inputs[output.Linear.Weight.Name] = values;
            }
        }
    }
}
