using System.Text.Json.Nodes;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Measuring.Engines;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Decoders;

namespace LayerGrad.Tests.Gradients;

/// <summary>The statistics that <c>--statistics</c> chooses, from factors, against the gradient that is formed and decomposed.</summary>
internal static class ChosenStatisticsCheck
{
    /// <summary>Dense, grouped, fused (in parts too, and transposed on disk) and with experts.</summary>
    public static readonly TheoryData<string> Families = ["llama", "phi3", "gpt_neox", "gpt2", "qwen3_moe", "granitemoeshared"];

    /// <summary>Ordinary, of one token that counts (whose queries, with nothing to choose from, have a gradient of zero), of one token again and again (so that X is of rank one at the first layer), and with more tokens than columns.</summary>
    private static readonly PackedBatch s_batch = new(
        [([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 9], 1), ([5, 5, 5, 5, 5, 5], 2), ([.. Enumerable.Range(0, 30).Select(i => i * 7 % 23)], 1)]);

    /// <summary>Measures a family's variants on a device; returns how many gradients there were of each kind.</summary>
    public static (int Compared, int Undefined) Run(Device<double> device, string family)
    {
        var (compared, undefined) = (0, 0);
        var specification = FamilyVariants.Describe(family, Variant(family));
        var parameters = new RandomParameters(specification);
        using var decoder = new Decoder<double>(
            device, specification, new WeightStore<double>(device, specification, parameters, int.MaxValue, residentHead: true), specification.Layers.Count);
        var weights = WeightSelector.Parse(specification, "all", splitFused: true);
        var norms = WeightNorms.Of(weights, parameters);
        using var dense = new DenseGradients(device, _ => true);
        decoder.Backward(s_batch, dense);
        var sink = new StatisticsSink<double>(device, weights);
        decoder.Backward(s_batch, sink);
        for (var example = 0; example < s_batch.Segments.Count; example++)
        {
            for (var i = 0; i < weights.Count; i++)
            {
                var found = sink.Of(example, i) with { WeightNorm = norms[i] };
                var gradient = dense.Linears.TryGetValue((example, weights[i].Linear.Weight.Name), out var whole) ? Part(weights[i], whole) : new double[weights[i].Outputs * weights[i].Inputs];
                var weight = Part(weights[i], parameters[weights[i].Linear.Weight]);
                if (Compare(weights[i], found, gradient, weight))
                    compared++;
                else
                    undefined++;
            }
        }

        return (compared, undefined);
    }

    /// <summary>The first variant; what GPT-2 has learned 12 positions for does not reach the longest example.</summary>
    private static string Variant(string family)
    {
        var variant = JsonNode.Parse(FamilyVariants.Of(family)[0])!;
        if (family == "gpt2")
            variant["n_positions"] = 64;
        return variant.ToJsonString();
    }

    private static bool Compare(SelectedWeight weight, GradientStatistics found, double[] gradient, double[] values)
    {
        var norm = Math.Sqrt(gradient.Sum(value => value * value));
        found.NormOverWeightNorm.ShouldBe(norm / Math.Sqrt(values.Sum(value => value * value)), (1e-9 * norm) + double.Epsilon, weight.Name);
        if (gradient.All(value => value == 0))
        {
            foreach (var statistic in (Statistic[])[Statistic.StableRank, Statistic.ConditionNumber, Statistic.ParticipationRatio, Statistic.NuclearOverFrobenius])
                statistic.Compute(found).ShouldBe(double.NaN, statistic.Key);
            return false;
        }

        var spectrum = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(weight.Inputs, weight.Outputs, gradient).Svd(computeVectors: false).S.ToArray();
        var (sum, squares, fourths) = (spectrum.Sum(), spectrum.Sum(value => value * value), spectrum.Sum(value => Math.Pow(value, 4)));
        var last = spectrum.Last(value => value > 1e-12 * spectrum[0]);
        Near(found.StableRank, squares / (spectrum[0] * spectrum[0]));
        Near(found.ParticipationRatio, squares * squares / fourths);
        Near(found.NuclearOverFrobenius, sum / Math.Sqrt(squares));

        // A small singular value is known to some 1e-15 of the largest, by either way of computing it.
        found.ConditionNumber.ShouldBe(spectrum[0] / last, spectrum[0] / last * (1e-9 + (1e-14 * spectrum[0] / last)), weight.Name);
        return true;

        void Near(double value, double expected) => value.ShouldBe(expected, 1e-9 * expected, weight.Name);
    }

    /// <summary>The rows that belong to a part of a fused weight.</summary>
    private static double[] Part(SelectedWeight weight, double[] whole) => weight.Part is not { } part ? whole :
    [
        .. Enumerable.Range(0, part.Groups).SelectMany(group => whole.Skip((part.Start + (group * part.Spacing)) * weight.Inputs).Take(part.Size * weight.Inputs)),
    ];
}
