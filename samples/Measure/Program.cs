// Measures the first examples of a dataset in memory: the loss of each, and the nuclear norm of the gradient of one weight.
// dotnet run --project samples/Measure [MODEL [DATA]]
using LayerGrad;

var path = args.ElementAtOrDefault(0) ?? "demo/model";
var examples = InstructionData.Read(args.ElementAtOrDefault(1) ?? "demo/data/heldout_none.json").Take(4);

using var model = LanguageModel.Load(path, new ModelOptions { Precision = Precision.Float32 });
foreach (var measured in model.Measure(examples, new MeasureOptions { Weights = WeightSelection.Attention }))
    Console.WriteLine($"{measured.Index}: {measured.Loss:F4} {measured["model.layers.0.self_attn.q_proj.weight"].NuclearNorm:G4}");
