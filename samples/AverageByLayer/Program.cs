// Reads a run of 'layergrad measure' and averages a statistic by layer and projection.
// dotnet run --project samples/AverageByLayer RUN.jsonl [STATISTIC]
using LayerGrad;

if (args.Length == 0)
{
    Console.Error.WriteLine("name a run: layergrad measure --model demo/model --data demo/data/heldout_none.json --out runs/demo.jsonl");
    return 2;
}

var statistic = args.ElementAtOrDefault(1) ?? "S_sum";
var layers = MeasuredRun.Read(args[0]).SelectMany(example => example.Gradients)
    .Where(gradient => gradient.Layer is not null && gradient.Unresolved is null)
    .GroupBy(gradient => gradient.Layer)
    .OrderBy(layer => layer.Key);
foreach (var layer in layers)
{
    var means = layer.GroupBy(gradient => gradient.Projection).Select(weights => $"{weights.Key} {weights.Average(gradient => gradient[statistic]):G4}");
    Console.WriteLine($"layer {layer.Key}: {string.Join("  ", means)}");
}

return 0;
