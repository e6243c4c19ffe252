using System.Text.Json.Nodes;
using LayerGrad.Compute.Cpu;
using LayerGrad.Gradients;

namespace LayerGrad.Bench.Headline;

/// <summary>One measurement of our engine, in a process of its own so that its peak of memory is its own.</summary>
internal static class EngineRun
{
    /// <summary>Measures and prints a line of JSON for each round.</summary>
    public static void Print(RunSettings settings)
    {
        var device = new TimedDevice<float>(new CpuDevice<float>(settings.Threads));
        using var engine = new MeasuredEngine(device, settings, new SyntheticWeights());
        // The first pass makes room and compiles.
        var losses = engine.Pass();
        if (settings.Check)
        {
            Console.WriteLine(new JsonObject
            {
                ["device"] = device.Description,
                ["losses"] = new JsonArray([.. losses.Select(loss => (JsonNode?)loss)]),
                ["weights"] = Statistics(engine.Sink, engine.Weights, engine.Batch.Segments.Count - 1),
            }.ToJsonString());
            return;
        }

        _ = engine.Pass();
        var (square, rate) = (default((double Seconds, double Processor)), default((double Seconds, double Processor)));
        Rounds.Serve(
            new JsonObject { ["device"] = device.Description },
            settings,
            () => [.. engine.Pass()],
            _ =>
            {
                (square, rate) = (MultiplyRate.Square(device), MultiplyRate.Measure(device, settings.Shape, settings.Tokens * settings.Batch));
                device.Reset();
            },
            answer =>
            {
                answer["phases_seconds"] = Phases(device.Seconds, settings.Batch);
                answer["phases_processor"] = Phases(device.ProcessorSeconds, settings.Batch * settings.Threads);

                // The rate before and behind, and the better of the two: a limit that other programs slowed would flatter us.
                Note(answer, "square_rate_", square, MultiplyRate.Square(device), settings.Threads);
                Note(answer, "rate_", rate, MultiplyRate.Measure(device, settings.Shape, settings.Tokens * settings.Batch), settings.Threads);
            });
    }

    private static JsonObject Phases(IReadOnlyDictionary<string, double> seconds, int among) =>
        new(seconds.Select(phase => KeyValuePair.Create(phase.Key, (JsonNode?)(phase.Value / among))));

    private static void Note(JsonObject answer, string key, (double Seconds, double Processor) before, (double Seconds, double Processor) behind, int threads)
    {
        answer[key + "seconds"] = Math.Max(before.Seconds, behind.Seconds);
        answer[key + "processor"] = Math.Max(before.Processor, behind.Processor) * threads;
    }

    private static JsonObject Statistics(StatisticsSink<float> sink, IReadOnlyList<SelectedWeight> weights, int example) =>
        new(sink.Of(example).Select((statistics, i) => KeyValuePair.Create(weights[i].Name, (JsonNode?)new JsonObject
        {
            ["S_sum"] = statistics.SumOfSingularValues,
            ["S_max"] = statistics.LargestSingularValue,
            ["frobenius_norm"] = statistics.FrobeniusNorm,
            ["M_max"] = statistics.Max,
            ["M_min"] = statistics.Min,
            ["M_mean"] = statistics.Mean,
        })));
}
