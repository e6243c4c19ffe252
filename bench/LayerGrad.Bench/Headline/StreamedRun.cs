using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Bench.Headline;

/// <summary>One window of a model on disk within a memory budget, in a process of its own.</summary>
internal static class StreamedRun
{
    /// <summary>Measures a full window and prints the plan beside what was taken.</summary>
    /// <param name="arguments">The model's folder, the budget, the tokens of the window, the tokens of an example.</param>
    public static void Print(ReadOnlySpan<string> arguments)
    {
        var (folder, budget) = (arguments[0], ByteSize.Parse(arguments[1]));
        var (window, tokens) = (int.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        var start = Stopwatch.GetTimestamp();
        using var model = ModelLoader.Open(folder);
        var options = new MeasureRunOptions { Model = folder, Data = "", Out = "", Memory = budget, Measurement = new() { MaxLength = tokens, Protocol = Protocol.Strict } };
        using var measurer = DecoderMeasurer<float>.Create(model, options, window);
        var vocabularySize = model.Checkpoint.Config.GetProperty("vocab_size").GetInt32();
        var examples = SyntheticWeights.Tokens(window, vocabularySize).Chunk(tokens)
            .Select((ids, i) => new TokenizedExample(new Example(i, "", "", ""), ids, [], "", ids.Length * 3 / 4, Truncated: false)).ToList();
        var measured = measurer.Measure(examples, CancellationToken.None);
        Console.WriteLine(new JsonObject
        {
            ["plan_bytes"] = measurer.Plan.Bytes,
            ["resident_layers"] = measurer.Plan.ResidentLayers,
            ["peak_bytes"] = ProcessMemory.Peak(),
            ["seconds"] = Stopwatch.GetElapsedTime(start).TotalSeconds,
            ["losses"] = new JsonArray([.. measured.Select(measurement => (JsonNode?)measurement.Loss)]),
        }.ToJsonString());
    }
}
