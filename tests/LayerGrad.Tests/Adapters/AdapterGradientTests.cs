using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Models;
using LayerGrad.Tests.Support;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Adapters;

/// <summary>The gradients of A and B against differences of the loss, with the weights merged anew for each.</summary>
public sealed class AdapterGradientTests
{
    private static readonly int[] s_ids = [5, 17, 300, 42, 9, 77, 123, 8, 64, 31];

    [SharedTheory]
    [InlineData("llama3.1")]
    [InlineData("phi3")] // fused weights
    public void A_step_along_A_or_B_changes_the_loss_by_what_the_gradient_says(string family)
    {
        using var model = ModelLoader.Open(Shared.Path("models", "tiny", family));
        var modules = LoraModules.Create(model.Specification, new LoraOptions(3, 6, ["all-linear"]), seed: 1);
        var random = new Random(3);
        foreach (var module in modules)
            Perturb(((HeldElements)module.B).Values, () => 0.02 * (random.NextDouble() - 0.5), 1);
        var specification = model.Specification with { Adapters = AdaptedLinear.Of(model.Specification, modules.ToDictionary(module => module.Tensor), _ => null) };
        using var device = new CpuDevice<double>(1);
        var store = new WeightStore<double>(device, specification, model.Parameters<double>(specification), specification.Layers.Count, residentHead: true, fullWidth: true);
        using var decoder = new Decoder<double>(device, specification, store, specification.Layers.Count);
        var trained = LoraWeights<double>.Trained(specification);
        using var gradients = new GradientAccumulators<double>(device, trained);

        double Loss(bool backward = false)
        {
            using var lora = new LoraWeights<double>(device, model.Checkpoint, specification);
            lora.Merge(store);
            var batch = new PackedBatch([(s_ids, 4)]);
            gradients.Clear();
            return decoder.Backward(batch, lora.Over(gradients)).Losses[0];
        }

        Loss();
        var held = specification.Adapters.SelectMany(adapter => new[] { (adapter.A.Weight, Values: ((HeldElements)adapter.Module.A).Values), (adapter.B.Weight, ((HeldElements)adapter.Module.B).Values) }).ToList();
        held.Count.ShouldBe(trained.Count);
        var expected = held.ConvertAll(entry =>
        {
            var gradient = new double[entry.Weight.Count];
            device.Download(gradients[entry.Weight], gradient);
            return gradient;
        });
        foreach (var i in Enumerable.Range(0, held.Count).Where(i => i % 5 == 0 || i == held.Count - 1))
        {
            const double Step = 1e-5;
            var direction = new double[held[i].Values.Length];
            Perturb(direction, () => random.NextDouble() - 0.5, 1);
            void Move(double by) => System.Numerics.Tensors.TensorPrimitives.MultiplyAdd<double>(direction, by, held[i].Values, held[i].Values);
            Move(Step);
            var above = Loss();
            Move(-2 * Step);
            var below = Loss();
            Move(Step);
            var slope = System.Numerics.Tensors.TensorPrimitives.Dot<double>(direction, expected[i]);
            ((above - below) / (2 * Step)).ShouldBe(slope, 1e-6 * Math.Max(1, Math.Abs(slope)), held[i].Weight.Name);
        }
    }

    private static void Perturb(double[] values, Func<double> by, double factor)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] += factor * by();
    }
}
