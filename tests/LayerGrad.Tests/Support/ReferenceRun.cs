using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Tokenizers;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Tests.Support;

/// <summary>Measures examples as a run does and compares them with the original script's own values.</summary>
internal static class ReferenceRun
{
    /// <summary>Weights of few rows.</summary>
    private static readonly string[] s_small = ["gate.", "router", "in_proj_a.", "in_proj_b.", "in_proj_ba.", "lora_A", "lora_B"];

    /// <summary>The relative difference of each statistic, and the largest over all examples and weights.</summary>
    public sealed record Errors(Dictionary<string, double> Largest, int Weights)
    {
        public double Of(string key) => Largest.GetValueOrDefault(key);

        public double Worst => Largest.Values.Max();

        public override string ToString() => string.Join("  ", Largest.Select(pair => $"{pair.Key} {pair.Value:0.0e+0}"));
    }

    public static IReadOnlyList<Measurement> Measure(string model, string data, MeasureRunOptions options, string? configFrom = null)
    {
        using var opened = Checkpoint.Open(model);
        using var configured = configFrom is null ? null : Checkpoint.Open(configFrom);
        using var checkpoint = configured is null ? opened : new ReconfiguredCheckpoint(opened, configured.Config);
        var tokenizer = checkpoint.GgufMetadata is { } metadata ? Tokenizer.FromGguf(metadata, model) : Tokenizer.Load(model);
        var isGemma = checkpoint.Config.GetProperty("model_type").GetString()!.StartsWith("gemma", StringComparison.Ordinal);
        var encoder = new ExampleEncoder(tokenizer, options.Measurement with { Date = new DateOnly(2024, 7, 26) }, isGemma);
        var examples = Dataset.Load(data).Take(options.Limit ?? int.MaxValue).Select(encoder.Encode).Select(encoded => encoded.Tokens!).ToList();
        using var loaded = options.Adapter is null ? new LoadedModel(checkpoint) : ModelLoader.OpenAdapted(model, AdapterName.Of(options.Adapter));
        using var measurer = Measurers.Create(loaded, options, null);

        // Packed as they come, whatever the budget: what an example is packed with must not matter.
        return [.. examples.Chunk(5).SelectMany(chunk => measurer.Measure(chunk, CancellationToken.None))];
    }

    /// <summary>The differences between two ways of measuring the same examples.</summary>
    public static Errors Compare(IReadOnlyList<Measurement> measured, IReadOnlyList<Measurement> exact)
    {
        var largest = new Dictionary<string, double>();
        for (var i = 0; i < measured.Count; i++)
        {
            Note("loss", measured[i].Loss, exact[i].Loss);
            foreach (var (ours, theirs) in measured[i].Weights.Zip(exact[i].Weights))
            {
                Note("frobenius_norm", ours[Statistic.FrobeniusNorm], theirs[Statistic.FrobeniusNorm]);
                Note("S_sum", ours[Statistic.SingularSum], theirs[Statistic.SingularSum]);
                Note("S_max", ours[Statistic.SingularMax], theirs[Statistic.SingularMax]);
                Note("M_max", ours[Statistic.Max], theirs[Statistic.Max]);
                Note("M_min", ours[Statistic.Min], theirs[Statistic.Min]);
            }
        }

        return new Errors(largest, measured.Sum(one => one.Weights.Count));

        void Note(string key, double ours, double theirs)
        {
            var error = Math.Abs(ours - theirs) / Math.Abs(theirs);
            largest[key] = Math.Max(largest.GetValueOrDefault(key), double.IsNaN(error) ? double.PositiveInfinity : error);
        }
    }

    public static Errors Compare(IReadOnlyList<Measurement> measured, string reference)
    {
        var largest = new Dictionary<string, double>();
        var weights = 0;
        var lines = File.ReadLines(reference).ToList();
        for (var i = 0; i < measured.Count && i < lines.Count; i++)
        {
            using var json = JsonDocument.Parse(lines[i]);
            var line = json.RootElement;
            Note("loss", measured[i].Loss, line.GetProperty("loss").GetDouble());
            if (line.TryGetProperty("tokens", out var tokens))
            {
                measured[i].Tokens.ShouldBe(tokens.GetProperty("total").GetInt32());
                measured[i].ResponseTokens.ShouldBe(tokens.GetProperty("response").GetInt32());
            }

            var names = line.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("frobenius_norm", out _)).ToList();
            measured[i].Weights.Select(weight => weight.Weight).ShouldBe(names.Select(property => property.Name), ignoreOrder: true);
            foreach (var weight in measured[i].Weights)
            {
                CompareWeight(weight, line.GetProperty(weight.Weight));
                weights++;
            }
        }

        return new Errors(largest, weights);

        void CompareWeight(WeightStatistics ours, JsonElement theirs)
        {
            if (!theirs.TryGetProperty("S_sum", out _))
            {
                // An expert that no token of the example chose: the reference says no more than that its gradient is zero.
                theirs.GetProperty("frobenius_norm").GetDouble().ShouldBe(0);
                ours[Statistic.FrobeniusNorm].ShouldBe(0, ours.Weight);
                ours[Statistic.SingularMax].ShouldBe(0, ours.Weight);
                return;
            }

            var (norm, top) = (theirs.GetProperty("frobenius_norm").GetDouble(), theirs.GetProperty("S_max").GetDouble());
            Note("frobenius_norm", ours[Statistic.FrobeniusNorm], norm);
            Note("S_sum", ours[Statistic.SingularSum], theirs.GetProperty("S_sum").GetDouble());
            Note("S_max", ours[Statistic.SingularMax], top);
            Note("S_min", ours[Statistic.SingularMin], theirs.GetProperty("S_min").GetDouble(), top);
            Note("M_max", ours[Statistic.Max], theirs.GetProperty("M_max").GetDouble());
            Note("M_min", ours[Statistic.Min], theirs.GetProperty("M_min").GetDouble());
            // A router's mean is zero but for rounding, and its gradient has few elements, as has that of decays and rates, so that no mean is far below its norm.
            var isSmall = s_small.Any(name => ours.Weight.Contains(name, StringComparison.Ordinal));
            Note("M_mean", ours[Statistic.Mean], theirs.GetProperty("M_mean").GetDouble(), norm / (isSmall ? 100 : 1000));
            if (theirs.TryGetProperty("effective_rank", out var rank))
                Note("effective_rank", ours[Statistic.EffectiveRank], rank.GetDouble());
            if (ours.SingularValues is { } values && theirs.TryGetProperty("S_list", out var list))
            {
                values.Length.ShouldBe(list.GetArrayLength());
                for (var j = 0; j < values.Length; j++)
                {
                    var expected = list[j].GetDouble();
                    if (expected > 1e-12 * top)
                        Note("S_list", values[j], expected, Math.Max(expected, 1e-3 * top));
                    else
                        Note("S_list", values[j], 0, top);
                }
            }
        }

        void Note(string key, double ours, double theirs, double? scale = null)
        {
            var error = Math.Abs(ours - theirs) / (scale ?? Math.Max(Math.Abs(theirs), double.Epsilon));
            if (double.IsNaN(error))
                error = double.PositiveInfinity;
            largest[key] = Math.Max(largest.GetValueOrDefault(key), error);
        }
    }
}
