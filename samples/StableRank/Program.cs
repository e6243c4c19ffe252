// A sink of one's own: the stable rank ‖G‖² / σ₁² of every gradient, averaged over the examples for each layer's values.
// dotnet run --project samples/StableRank [MODEL [DATA]]
using LayerGrad;

var path = args.ElementAtOrDefault(0) ?? "demo/model";
var examples = InstructionData.Read(args.ElementAtOrDefault(1) ?? "demo/data/heldout_none.json").Take(4);

var sink = new StableRank();
using var model = LanguageModel.Load(path);
var count = model.Measure(examples, new MeasureOptions { Weights = WeightSelection.Named("*.v_proj.weight"), Sinks = [sink] }).Count();
Console.WriteLine($"stable rank of v_proj's gradient, mean over {count} examples");
foreach (var (weight, sum) in sink.Sums)
    Console.WriteLine($"{weight}: {sum / count:F3}");

internal sealed class StableRank : IGradientSink
{
    public SortedDictionary<string, double> Sums { get; } = new(StringComparer.Ordinal);

    public void Receive(Example example, MeasuredGradient gradient)
    {
        var rank = Math.Pow(gradient.FrobeniusNorm / gradient.LargestSingularValue, 2);
        Sums[gradient.Weight] = Sums.GetValueOrDefault(gradient.Weight) + rank;
    }
}
