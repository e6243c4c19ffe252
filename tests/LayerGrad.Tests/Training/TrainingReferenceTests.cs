using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Training;

/// <summary>Twelve steps of both optimisers on all parameters, against PyTorch's in float64.</summary>
public sealed class TrainingReferenceTests
{
    private const double Tolerance = 1e-8;

    [SharedTheory]
    [InlineData("llama2", "sgd")]
    [InlineData("llama2", "adamw")]
    [InlineData("qwen2", "sgd")]
    [InlineData("qwen2", "adamw")]
    [InlineData("gemma2", "sgd")]
    [InlineData("gemma2", "adamw")]
    public void Losses_and_weights_follow_PyTorch(string family, string optimizer)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "tiny", family, "training.json")));
        var reference = expected.RootElement.GetProperty(optimizer);
        var settings = optimizer == "sgd"
            ? new OptimizerOptions { Name = "sgd", LearningRate = 0.05 }
            : new OptimizerOptions { Name = "adamw", LearningRate = 1e-3, WeightDecay = 0.01 };
        var examples = Examples(family);
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "tiny", family));
        var specification = DecoderFamilies.Describe(checkpoint.Config, checkpoint.Location);
        using var device = new CpuDevice<double>(2);
        var plan = new MemoryPlan(TokenBudget: 1500, specification.Layers.Count, ResidentHead: true, KeptLayers: 2, []);
        using var trainer = new Trainer<double>(
            device, specification, new CheckpointParameters<double>(checkpoint, specification), [.. specification.Parameters], settings, clip: null, plan);
        var order = new ExampleOrder(examples.Count, 2, seed: null);

        var losses = reference.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble()).ToList();
        for (var step = 1; step <= losses.Count; step++)
            trainer.Step([.. order.Of(step).Select(i => new PackedSequence(examples[i].Ids, examples[i].ResponseStart))], step, rateFactor: 1).Loss.ShouldBe(losses[step - 1], Tolerance * losses[step - 1]);

        var finalLosses = reference.GetProperty("final_losses").EnumerateArray().Select(loss => loss.GetDouble()).ToList();
        var final = examples.SelectMany(example => trainer.Decoder.Losses(new PackedBatch([example]))).ToList();
        for (var i = 0; i < finalLosses.Count; i++)
            final[i].ShouldBe(finalLosses[i], Tolerance * finalLosses[i]);
        foreach (var norm in reference.GetProperty("final_weight_norms").EnumerateObject())
            Norm(trainer, specification, norm.Name).ShouldBe(norm.Value.GetDouble(), Tolerance * norm.Value.GetDouble(), norm.Name);
    }

    private static double Norm(Trainer<double> trainer, DecoderSpecification specification, string name)
    {
        var parameter = specification.Parameters.First(parameter => parameter.Name == name);
        var values = new double[parameter.Count];
        trainer.Device.Download(trainer.Decoder.Weights[parameter].AsMatrix(), values);
        return Math.Sqrt(values.Sum(value => value * value));
    }

    private static List<(int[] Ids, int ResponseStart)> Examples(string family)
    {
        var encoder = new ExampleEncoder(Tokenizer.Load(Shared.Path("models", "tiny", family)), new MeasurementSpecification { Protocol = Protocol.Strict });
        return [.. Dataset.Load(Shared.Path("reference", "examples.json")).Select(encoder.Encode).Select(encoded => (encoded.Tokens!.Ids, encoded.Tokens.ResponseStart))];
    }
}
