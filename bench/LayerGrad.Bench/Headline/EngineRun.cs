using System.Diagnostics;
using System.Text.Json.Nodes;
using LayerGrad.Compute.Cpu;
using LayerGrad.Gradients;

namespace LayerGrad.Bench.Headline;

/// <summary>One measurement of our engine, in a process of its own so that its peak of memory is its own.</summary>
internal static class EngineRun
{
    /// <summary>Measures and prints one line of JSON.</summary>
    public static void Print(RunSettings settings)
    {
        var device = new TimedDevice<float>(new CpuDevice<float>(settings.Threads));
        using var engine = new MeasuredEngine(device, settings, new SyntheticWeights());
        var rate = settings.Check ? 0 : MultiplyRate.Measure(device, settings.Shape, settings.Tokens * settings.Batch);
        var square = settings.Check ? 0 : MultiplyRate.Square(device);
        var answer = new JsonObject();

        // The first pass makes room and compiles.
        var losses = engine.Pass();
        if (settings.Check)
        {
            answer["weights"] = Statistics(engine.Sink, engine.Weights, engine.Batch.Segments.Count - 1);
        }
        else
        {
            var (seconds, processor) = (double.PositiveInfinity, double.PositiveInfinity);
            JsonObject? phases = null;
            for (var i = 0; i < settings.Repeat; i++)
            {
                device.Reset();
                var before = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                losses = engine.Pass();
                var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
                processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
                if (elapsed > seconds)
                    continue;
                seconds = elapsed;
                phases = new JsonObject(device.Seconds.Select(phase => KeyValuePair.Create(phase.Key, (JsonNode?)(phase.Value / settings.Batch))));
            }

            // The rate once more, and the better of the two: a limit that other programs slowed would flatter us.
            rate = Math.Max(rate, MultiplyRate.Measure(device, settings.Shape, settings.Tokens * settings.Batch));
            square = Math.Max(square, MultiplyRate.Square(device));
            answer["seconds"] = seconds / settings.Batch;
            answer["processor"] = processor / settings.Batch;
            answer["phases"] = phases;
            answer["rate"] = rate;
            answer["square_rate"] = square;
            answer["device"] = device.Description;
        }

        answer["losses"] = new JsonArray([.. losses.Select(loss => (JsonNode?)loss)]);
        answer["peak_bytes"] = ProcessMemory.Peak();
        Console.WriteLine(answer.ToJsonString());
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
