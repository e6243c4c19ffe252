using System.Globalization;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Measuring;

/// <summary>
/// Checkpoints with one tensor so small or so large that float32 is at its end: every number is that of float64, or there is
/// none and a reason.
/// </summary>
public sealed class EdgeOfRangeTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;
    private const int Examples = 4;

    private const string Values = "model.layers.1.self_attn.v_proj.weight";
    private const string Head = "lm_head.weight";
    private const string Embedding = "model.embed_tokens.weight";

    private static readonly (string Tensor, double Factor)[] s_cases =
    [
        (Values, 1e-20), (Values, 1e-30), (Values, 1e-38), (Head, 1e-30), (Head, 1e-25), (Head, 1e5), (Head, 1e30),
        (Embedding, 1e-25), (Embedding, 2e19), (Embedding, 1e25), ("*", 0),
    ];

    /// <summary>The same list and the space between.</summary>
    private static IEnumerable<(string Tensor, double Factor)> Cases => s_cases.Concat(
        from tensor in (string[])[Values, Head, Embedding, "model.layers.2.mlp.down_proj.weight", "model.layers.0.self_attn.q_proj.weight"]
        from exponent in Enumerable.Range(-7, 14)
        select (tensor, double.Parse($"1e{exponent * 5}", CultureInfo.InvariantCulture)));

    [SharedFact]
    public void Statistics_shares_and_cosines_in_float32_are_those_of_float64_wherever_a_tensor_puts_them()
    {
        var failures = new List<string>();
        var (compared, widened, cases) = (0, 0, 0);
        foreach (var (tensor, factor) in Cases)
        {
            var ours = Measure(tensor, factor, Precision.Float32);
            var exact = Measure(tensor, factor, Precision.Float64);
            widened += ours.Count(one => one.MeasuredIn == Precision.Float64);
            cases++;
            for (var i = 0; i < Examples; i++)
                compared += Compare($"{tensor} x {factor:0e0}, example {i}", ours[i], exact[i], failures);
        }

        output.WriteLine($"{cases} cases, {compared} numbers compared, {widened} of {cases * Examples} examples measured in float64, {failures.Count} failures");
        failures.ShouldBeEmpty(string.Join("\n", failures.Take(60)));
        compared.ShouldBeGreaterThan(100_000);
    }

    private static IReadOnlyList<Measurement> Measure(string tensor, double factor, Precision precision, long memory = 2L << 30, bool storedAsFloat = true)
    {
        using var stored = Checkpoint.Open(Shared.Path("models", "tiny", "llama2"));
        using var scaled = new ScaledCheckpoint(stored, name => tensor == "*" || name == tensor ? factor : null, storedAsFloat);
        var encoder = new ExampleEncoder(Tokenizer.Load(stored.Location), new ProtocolOptions { Protocol = Protocol.Strict });
        var examples = Dataset.Load(Shared.Path("reference", "examples.json")).Take(Examples).Select(encoder.Encode).Select(encoded => encoded.Tokens!).ToList();
        var options = new MeasureOptions
        {
            Model = "model", Data = "examples.json", Out = "run.jsonl", Precision = precision, Memory = memory,
            Weights = "all", Tokens = true, Cosine = true, Spectra = true, MaxLength = 512,
        };
        using var measurer = Measurers.Create(scaled, options, null);
        return measurer.Measure(examples, CancellationToken.None);
    }

    /// <summary>Compares what there is; a missing number needs its reason.</summary>
    private static int Compare(string place, Measurement ours, Measurement exact, List<string> failures)
    {
        var compared = 0;
        if (ours.Failure != exact.Failure)
            failures.Add($"{place}: {ours.Failure ?? "measured"} instead of {exact.Failure ?? "measured"}");
        if (ours.Failure is not null || exact.Failure is not null)
            return 0;
        Note("loss", ours.Loss, exact.Loss, exact.Loss);
        var unresolved = ours.Weights.Where(weight => weight.Unresolved is not null).Select(weight => weight.Weight).ToHashSet();
        foreach (var (one, other) in ours.Weights.Zip(exact.Weights))
        {
            other.Unresolved.ShouldBeNull($"{place}: {other.Weight} in float64");
            if (one.Unresolved is not null)
                continue;
            Note($"{one.Weight} M_mean", one.Mean, other.Mean, other.FrobeniusNorm / 1000);
            Note($"{one.Weight} M_max", one.Max, other.Max, other.Max);
            Note($"{one.Weight} M_min", one.Min, other.Min, other.Min);
            Note($"{one.Weight} frobenius_norm", one.FrobeniusNorm, other.FrobeniusNorm, other.FrobeniusNorm);
            Note($"{one.Weight} S_sum", one.SumOfSingularValues, other.SumOfSingularValues, other.SumOfSingularValues);
            Note($"{one.Weight} S_max", one.LargestSingularValue, other.LargestSingularValue, other.LargestSingularValue);
            Note($"{one.Weight} S_min", one.SmallestSingularValue, other.SmallestSingularValue, other.LargestSingularValue);
            Note($"{one.Weight} effective_rank", one.EffectiveRank, other.EffectiveRank, other.EffectiveRank);
            var largest = other.TokenShares!.Max(Math.Abs);
            for (var t = 0; t < other.TokenShares!.Length; t++)
                Note($"{one.Weight} share {t}", one.TokenShares![t], other.TokenShares[t], largest);
        }

        foreach (var (kind, matrix) in exact.Cosines!.BetweenLayers)
        {
            for (var i = 0; i < matrix.Layers.Length; i++)
            {
                for (var j = 0; j < matrix.Layers.Length; j++)
                    Note($"cosine {kind} {i} {j}", ours.Cosines!.BetweenLayers[kind].Values[i][j], matrix.Values[i][j], 1, unresolved.Count > 0);
            }
        }

        return compared;

        void Note(string what, double one, double other, double scale, bool mayLack = false)
        {
            compared++;
            if (one.Equals(other) || (mayLack && double.IsNaN(one)))
                return;
            var error = Math.Abs(one - other) / Math.Abs(scale);
            if (!(error <= Tolerance))
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"{place}: {what} is {one:g9} and should be {other:g9}"));
        }
    }
}
