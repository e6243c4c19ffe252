// Compares the gradients of two examples, the same question with a short and with a detailed answer: do they point the same way in each layer?
// dotnet run --project samples/CompareGradients [MODEL]
using LayerGrad;

Example[] examples =
[
    new("Tom has 3 apples and buys 4 more. How many apples does he have?", "", "7"),
    new("Tom has 3 apples and buys 4 more. How many apples does he have?", "", "Tom starts with 3 apples. He buys 4 more, so he has 3 + 4 = 7. The answer is 7"),
];

using var model = LanguageModel.Load(args.ElementAtOrDefault(0) ?? "demo/model");
var products = model.InnerProducts(examples, new MeasureOptions { Weights = WeightSelection.Named("*.o_proj.weight") });
foreach (var weight in products.Weights)
    Console.WriteLine($"{weight}: cosine {products.Cosine(weight, 0, 1):F3}");
var all = products.Sum();
Console.WriteLine($"all of them: cosine {all[0, 1] / Math.Sqrt(all[0, 0] * all[1, 1]):F3}");
