using System.Text.Json.Nodes;

namespace LayerGrad.Bench.LibTorch;

/// <summary>What a baseline finds for an example.</summary>
/// <param name="Loss">Its loss.</param>
/// <param name="Weights">The statistics of each weight's gradient.</param>
internal sealed record ExampleStatistics(double Loss, IReadOnlyDictionary<string, WeightNumbers> Weights);

/// <summary>The statistics of a gradient.</summary>
internal readonly record struct WeightNumbers(double NuclearNorm, double Largest, double FrobeniusNorm, double Max, double Min, double Mean)
{
    /// <summary>By the keys of a run.</summary>
    public JsonObject ToJson() => new()
    {
        ["S_sum"] = NuclearNorm,
        ["S_max"] = Largest,
        ["frobenius_norm"] = FrobeniusNorm,
        ["M_max"] = Max,
        ["M_min"] = Min,
        ["M_mean"] = Mean,
    };
}
