using System.Text.Json.Nodes;
using LayerGrad.Bench.Headline;
using LayerGrad.Torch.Loading;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Bench.LibTorch;

/// <summary>One of the baselines in a process of its own.</summary>
internal static class BaselineRun
{
    /// <summary>Computes, and prints a line of JSON for each round.</summary>
    /// <param name="method"><c>loop</c> or <c>factors</c>.</param>
    /// <param name="settings">The sizes.</param>
    public static void Print(string method, RunSettings settings)
    {
        Torch.Loading.LibTorch.Require();
        torch.set_num_threads(settings.Threads);
        using var decoder = new MadeUpDecoder(settings.Shape);
        Func<IReadOnlyList<ExampleStatistics>> pass = method switch
        {
            "loop" => new PlainLoop(decoder, settings).Pass,
            "factors" => new FactorMethod(decoder, settings).Pass,
            _ => throw new InputException($"{method}: the baselines are loop and factors"),
        };
        var about = new JsonObject
        {
            ["device"] = $"libtorch {Torch.Loading.LibTorch.Loaded.Version}, {MathLibrary.Version()}, {torch.get_num_threads()} threads",
        };
        if (settings.Check)
        {
            var last = Run(pass)[^1];
            about["losses"] = new JsonArray(last.Loss);
            about["weights"] = new JsonObject(last.Weights.Select(weight => KeyValuePair.Create(weight.Key, (JsonNode?)weight.Value.ToJson())));
            Console.WriteLine(about.ToJsonString());
            return;
        }

        _ = Run(pass);
        Rounds.Serve(about, settings, () => [.. Run(pass).Select(example => example.Loss)]);
    }

    private static IReadOnlyList<ExampleStatistics> Run(Func<IReadOnlyList<ExampleStatistics>> pass)
    {
        var scalars = Scalars.Count;
        var found = pass();
        Scalars.Release(scalars);
        return found;
    }
}
